namespace Pare.Compression;

/// <summary>The size of FineQuant's groups.</summary>
public static class FineQuantMath
{
    /// <summary>Halves the groups of rows, beginning with whole rows, as long as the mean range of the groups becomes at most a share of what it was.</summary>
    /// <param name="values">[rows, columns] finite numbers.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="shrink">The share.</param>
    /// <param name="least">The smallest group.</param>
    /// <returns>Neighbours that share a scale: the columns divided by a power of two.</returns>
    public static int Group(ReadOnlySpan<float> values, int columns, double shrink, int least)
    {
        var (group, range) = (columns, MeanRange(values, columns));
        while (group % 2 == 0 && group / 2 >= least)
        {
            var finer = MeanRange(values, group / 2);
            if (finer > shrink * range) break;
            (group, range) = (group / 2, finer);
        }

        return group;
    }

    /// <summary>Mean of largest − smallest number over groups, 0 counting as one of each group (grids hold it).</summary>
    /// <param name="values">Numbers, a whole number of groups.</param>
    /// <param name="group">Numbers of a group.</param>
    /// <returns>The mean.</returns>
    public static double MeanRange(ReadOnlySpan<float> values, int group)
    {
        double sum = 0;
        for (var first = 0; first < values.Length; first += group)
        {
            var (least, largest) = (0f, 0f);
            foreach (var value in values.Slice(first, group)) (least, largest) = (MathF.Min(least, value), MathF.Max(largest, value));
            sum += (double)largest - least;
        }

        return sum * group / values.Length;
    }
}
