using System.Buffers.Binary;
using Pare.Numerics;

namespace Pare.Formats.Tables;

/// <summary>Writes rows in a table format: the table is the best one there is, by exact weighted k-means. Not for several threads at once.</summary>
/// <param name="format">The format.</param>
/// <param name="columns">Columns of the rows.</param>
public sealed class TableRowEncoder(TableFormat format, int columns)
{
    private readonly WeightedKMeans _kMeans = new(columns, format.Entries);
    private readonly float[] _sorted = new float[columns];
    private readonly int[] _order = new int[columns];
    private readonly double[] _weights = new double[columns];
    private readonly double[] _centres = new double[format.Entries];
    private readonly float[] _table = new float[format.Entries];
    private readonly double[] _scores = new double[columns];
    private readonly int[] _ranks = new int[columns];
    private readonly bool[] _beside = new bool[columns];

    /// <summary>Writes a row, all of whose numbers count the same.</summary>
    /// <param name="values">[columns] finite numbers.</param>
    /// <param name="row">Receives <see cref="TableFormat.RowBytes"/> bytes.</param>
    /// <exception cref="ArgumentException">A number is not finite, or beyond F16.</exception>
    public void Encode(ReadOnlySpan<float> values, Span<byte> row) => Encode(values, [], row);

    /// <summary>Writes a row so that Σ importance · (stored − given)² is small: the table is the best for the numbers that are not stored beside it.</summary>
    /// <remarks>Beside it are those that would lose the most with the best table for all of them.</remarks>
    /// <param name="values">[columns] finite numbers.</param>
    /// <param name="importance">[columns] numbers that are not negative, or empty.</param>
    /// <param name="row">Receives <see cref="TableFormat.RowBytes"/> bytes.</param>
    /// <exception cref="ArgumentException">A number is not finite, or beyond F16.</exception>
    public void Encode(ReadOnlySpan<float> values, ReadOnlySpan<double> importance, Span<byte> row)
    {
        foreach (var value in values)
            if (!(Math.Abs(value) <= (float)Half.MaxValue)) throw new ArgumentException($"encoding a row as {format}: found {value}, expected numbers of at most {Half.MaxValue}", nameof(values));
        values.CopyTo(_sorted);
        for (var i = 0; i < columns; i++) _order[i] = i;
        Array.Sort(_sorted, _order);
        var outliers = format.Outliers(columns);
        Array.Clear(_beside);
        FindTable(values, importance, columns);
        if (outliers > 0)
        {
            Choose(values, importance, outliers);
            if (outliers < columns) FindTable(values, importance, columns - outliers);
        }

        row.Clear();
        for (var i = 0; i < format.Entries; i++) BinaryPrimitives.WriteHalfLittleEndian(row[(2 * i)..], (Half)_table[i]);
        var (next, at) = (0, (int)format.IndexEnd(columns));
        for (var column = 0; column < columns; column++)
        {
            WriteIndex(row, column, Nearest(values[column]));
            if (!_beside[column]) continue;
            BinaryPrimitives.WriteUInt16LittleEndian(row[(at + 4 * next)..], (ushort)column);
            BinaryPrimitives.WriteHalfLittleEndian(row[(at + 4 * next + 2)..], (Half)values[column]);
            next++;
        }
    }

    // The table for the numbers that are not beside it, as F16.
    private void FindTable(ReadOnlySpan<float> values, ReadOnlySpan<double> importance, int count)
    {
        var n = 0;
        Span<float> numbers = count <= 2048 ? stackalloc float[count] : new float[count];
        foreach (var column in _order)
        {
            if (_beside[column]) continue;
            numbers[n] = values[column];
            _weights[n++] = importance.IsEmpty ? 1 : importance[column];
        }

        _kMeans.Solve(numbers, _weights.AsSpan(0, count), _centres);
        for (var i = 0; i < _table.Length; i++) _table[i] = (float)(Half)_centres[i];
    }

    private void Choose(ReadOnlySpan<float> values, ReadOnlySpan<double> importance, int outliers)
    {
        for (var column = 0; column < columns; column++)
        {
            var difference = (double)values[column] - _table[Nearest(values[column])];
            // Sorted upwards; of equal ones the first column goes first.
            (_scores[column], _ranks[column]) = (-(importance.IsEmpty ? 1 : importance[column]) * difference * difference, column);
        }

        Array.Sort(_scores, _ranks);
        for (var i = 0; i < outliers; i++) _beside[_ranks[i]] = true;
    }

    // Tables are ascending.
    private int Nearest(float value)
    {
        var best = 0;
        for (var i = 1; i < _table.Length; i++)
            if (Math.Abs(value - _table[i]) < Math.Abs(value - _table[best])) best = i;
        return best;
    }

    private void WriteIndex(Span<byte> row, int column, int index)
    {
        var bit = (long)column * format.Bits;
        var at = format.TableBytes + (int)(bit >> 3);
        var bits = index << (int)(bit & 7);
        row[at] |= (byte)bits;
        if (bits > byte.MaxValue) row[at + 1] |= (byte)(bits >> 8);
    }
}
