using System.Buffers.Binary;

namespace Pare.Formats.Tables;

/// <summary>Reads rows in a table format.</summary>
public static class TableRow
{
    /// <summary>Decodes part of a row.</summary>
    /// <param name="format">The format.</param>
    /// <param name="row">The stored row.</param>
    /// <param name="columns">Columns of the row.</param>
    /// <param name="first">First column wanted.</param>
    /// <param name="destination">[count] numbers.</param>
    /// <returns>What is wrong with the row's bytes, or null.</returns>
    /// <exception cref="ArgumentException">The lengths do not fit each other.</exception>
    public static string? Decode(TableFormat format, ReadOnlySpan<byte> row, int columns, int first, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(format);
        RowLengths.Check(format, row, format.RowBytes(columns), columns, first, destination.Length);
        Span<float> table = stackalloc float[16];
        for (var i = 0; i < format.Entries; i++)
        {
            table[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(row[(2 * i)..]);
            if (!float.IsFinite(table[i])) return $"entry {i} of its table is {table[i]}; expected a finite number";
        }

        for (var i = 0; i < destination.Length; i++) destination[i] = table[Index(format, row, first + i)];
        var last = -1;
        for (var i = 0; i < format.Outliers(columns); i++)
        {
            var (column, value) = Outlier(format, row, columns, i);
            if (column <= last || column >= columns || !float.IsFinite(value)) return $"weight {i} beside the table lies in column {column} with the value {value}; expected ascending columns below {columns} and finite values: the file is damaged, so get it again";
            last = column;
            if (column >= first && column < first + destination.Length) destination[column - first] = value;
        }

        return null;
    }

    /// <summary>The index of a column.</summary>
    internal static int Index(TableFormat format, ReadOnlySpan<byte> row, int column)
    {
        var bit = (long)column * format.Bits;
        var at = format.TableBytes + (int)(bit >> 3);
        // The second byte of an index that ends with the first one may lie behind the indices.
        var pair = row[at] | ((bit & 7) + format.Bits > 8 ? row[at + 1] << 8 : 0);
        return pair >> (int)(bit & 7) & format.Entries - 1;
    }

    /// <summary>Column and value of a weight beside the table.</summary>
    internal static (int Column, float Value) Outlier(TableFormat format, ReadOnlySpan<byte> row, int columns, int number)
    {
        var at = (int)format.IndexEnd(columns) + 4 * number;
        return (BinaryPrimitives.ReadUInt16LittleEndian(row[at..]), (float)BinaryPrimitives.ReadHalfLittleEndian(row[(at + 2)..]));
    }
}
