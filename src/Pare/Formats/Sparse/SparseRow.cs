using Pare.Formats.Numbers;

namespace Pare.Formats.Sparse;

/// <summary>Reads rows in a sparse format.</summary>
public static class SparseRow
{
    /// <summary>Decodes part of a row: the sum of the format's parts, zero where they have nothing.</summary>
    /// <param name="format">The format.</param>
    /// <param name="row">The stored row.</param>
    /// <param name="columns">Columns of the row.</param>
    /// <param name="first">First column wanted.</param>
    /// <param name="destination">[count] numbers.</param>
    /// <returns>What is wrong with the row's bytes, or null.</returns>
    /// <exception cref="ArgumentException">The lengths do not fit each other.</exception>
    public static string? Decode(SparseFormat format, ReadOnlySpan<byte> row, int columns, int first, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(format);
        RowLengths.Check(format, row, format.RowBytes(columns), columns, first, destination.Length);
        destination.Clear();
        for (var part = 0; part < format.PartCount; part++)
        {
            if (AddPart(format, part, row, columns, first, destination) is { } problem) return problem;
        }

        return null;
    }

    /// <summary>Adds one part of a row to what is there; lengths as in <see cref="Decode"/>.</summary>
    internal static string? AddPart(SparseFormat format, int part, ReadOnlySpan<byte> row, int columns, int first, Span<float> destination)
    {
        Span<byte> positions = stackalloc byte[SparseFormat.LargestBlock];
        Span<byte> codes = stackalloc byte[SparseFormat.LargestBlock];
        var layout = format.Layout(part, columns);
        var second = layout.Second(row);
        if (!float.IsFinite(second)) return $"the scale of the row is {second}; expected a finite number";
        var scales = layout.Scales(row);
        var blocks = new SparseBlocks(layout, row, first / format.Block);
        var last = first + destination.Length;
        for (var block = first / format.Block; block * format.Block < last; block++)
        {
            if (!blocks.Next(positions, codes)) return Positions(block, layout);
            for (var i = 0; i < layout.Part.Kept; i++)
            {
                var column = block * format.Block + positions[i];
                if (column < first || column >= last) continue;
                destination[column - first] += VsQuant.Decode(layout.Grid, codes[i], scales[column / VsQuant.Vector], second);
            }
        }

        return null;
    }

    internal static string Positions(int block, in SparsePartLayout layout) =>
        $"the positions of block {block} (columns {block * layout.Block} to {(block + 1) * layout.Block - 1}) are not {layout.Part.Kept} places of {layout.Block} in ascending order; the file is damaged, so get it again";
}
