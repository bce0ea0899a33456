namespace Pare.Formats.Sparse;

/// <summary>Which numbers of a row a sparse format keeps, and in which part.</summary>
public static class SparseSplit
{
    /// <summary>Mark of a number that is dropped.</summary>
    public const byte Dropped = 0;

    /// <summary>Mark of an inlier.</summary>
    public const byte Inlier = 1;

    /// <summary>Mark of an outlier.</summary>
    public const byte Outlier = 2;

    /// <summary>Assigns the numbers of a row by importance: of every block the first so many to the outliers, the next to the inliers; of equals the first one counts more.</summary>
    /// <param name="format">The format.</param>
    /// <param name="importance">[columns] numbers, none of them NaN; whole blocks.</param>
    /// <param name="marks">[columns]: <see cref="Dropped"/>, <see cref="Inlier"/> or <see cref="Outlier"/>.</param>
    /// <exception cref="ArgumentException">The blocks do not divide the row, or the lengths differ.</exception>
    public static void Assign(SparseFormat format, ReadOnlySpan<float> importance, Span<byte> marks)
    {
        ArgumentNullException.ThrowIfNull(format);
        if (importance.Length % format.Block != 0 || marks.Length != importance.Length)
            throw new ArgumentException($"splitting a row by {format}: {importance.Length} numbers and {marks.Length} marks, expected as many marks as numbers in whole blocks of {format.Block}");
        var outliers = format.Outliers?.Kept ?? 0;
        for (var first = 0; first < importance.Length; first += format.Block)
        {
            var block = importance.Slice(first, format.Block);
            for (var i = 0; i < block.Length; i++)
            {
                var rank = 0;
                for (var j = 0; j < block.Length; j++)
                {
                    if (block[j] > block[i] || (block[j] == block[i] && j < i)) rank++;
                }

                marks[first + i] = rank < outliers ? Outlier : rank < format.Kept ? Inlier : Dropped;
            }
        }
    }
}
