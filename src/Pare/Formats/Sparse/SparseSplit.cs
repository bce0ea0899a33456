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
    public static void Assign(SparseFormat format, ReadOnlySpan<float> importance, Span<byte> marks) => Assign(format, importance, importance, marks);

    /// <summary>The same with another importance for choosing the outliers among the numbers that are kept.</summary>
    /// <param name="format">The format.</param>
    /// <param name="importance">[columns] decides what is kept; none is NaN; whole blocks.</param>
    /// <param name="outlierImportance">[columns] decides which of those are outliers.</param>
    /// <param name="marks">[columns] results.</param>
    /// <exception cref="ArgumentException">The blocks do not divide the row, or the lengths differ.</exception>
    public static void Assign(SparseFormat format, ReadOnlySpan<float> importance, ReadOnlySpan<float> outlierImportance, Span<byte> marks)
    {
        ArgumentNullException.ThrowIfNull(format);
        if (importance.Length % format.Block != 0 || marks.Length != importance.Length || outlierImportance.Length != importance.Length)
            throw new ArgumentException($"splitting a row by {format}: {importance.Length} numbers and {marks.Length} marks, expected as many marks as numbers in whole blocks of {format.Block}");
        Span<bool> candidates = stackalloc bool[SparseFormat.LargestBlock];
        for (var first = 0; first < importance.Length; first += format.Block)
        {
            var block = marks.Slice(first, format.Block);
            candidates.Fill(true);
            Mark(importance.Slice(first, format.Block), candidates, format.Kept, Inlier, block);
            if (format.Outliers is not { } outliers) continue;
            for (var i = 0; i < block.Length; i++) candidates[i] = block[i] == Inlier;
            Mark(outlierImportance.Slice(first, format.Block), candidates, outliers.Kept, Outlier, block);
            for (var i = 0; i < block.Length; i++)
            {
                if (block[i] == Dropped && candidates[i]) block[i] = Inlier;
            }
        }
    }

    // Gives the mark to the first so many candidates, and none to the others.
    private static void Mark(ReadOnlySpan<float> importance, ReadOnlySpan<bool> candidates, int count, byte mark, Span<byte> marks)
    {
        for (var i = 0; i < importance.Length; i++)
        {
            var rank = 0;
            for (var j = 0; j < importance.Length; j++)
            {
                if (candidates[j] && (importance[j] > importance[i] || (importance[j] == importance[i] && j < i))) rank++;
            }

            marks[i] = candidates[i] && rank < count ? mark : Dropped;
        }
    }
}
