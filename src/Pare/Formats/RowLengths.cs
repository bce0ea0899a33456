namespace Pare.Formats;

/// <summary>Lengths of a stored row of which columns are decoded.</summary>
internal static class RowLengths
{
    /// <summary>Refuses a row that has not its format's bytes, and columns that it does not have.</summary>
    /// <param name="format">The format, by its name.</param>
    /// <param name="row">The stored row.</param>
    /// <param name="expected">Bytes that the format takes.</param>
    /// <param name="columns">Columns of the row.</param>
    /// <param name="first">First column wanted.</param>
    /// <param name="count">Columns wanted.</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other.</exception>
    public static void Check(object format, ReadOnlySpan<byte> row, long expected, int columns, int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        if (row.Length != expected || first > columns - count)
            throw new ArgumentException($"decoding a row of {columns} weights in {format}: found {row.Length} bytes, expected {expected}; columns {first} to {first + count - 1} wanted", nameof(row));
    }
}
