namespace Pare.Numerics;

/// <summary>Numbers by their rank.</summary>
internal static class OrderStatistics
{
    /// <summary>The number of a rank, in linear time on average.</summary>
    /// <param name="values">Numbers that can be ordered; rearranged: smaller ranks lie before the rank's place, larger ones behind it.</param>
    /// <param name="rank">From 0, the smallest, to length − 1.</param>
    public static float Select(Span<float> values, int rank)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rank, values.Length);
        int low = 0, high = values.Length - 1;
        while (low < high)
        {
            // The middle of three keeps sorted and constant stretches from taking quadratic time.
            var pivot = Middle(values[low], values[low + (high - low) / 2], values[high]);
            int i = low, j = high;
            while (i <= j)
            {
                while (values[i] < pivot) i++;
                while (values[j] > pivot) j--;
                if (i > j) break;
                (values[i], values[j]) = (values[j], values[i]);
                i++;
                j--;
            }

            if (rank <= j) high = j;
            else if (rank >= i) low = i;
            else return values[rank];
        }

        return values[rank];
    }

    /// <summary>The quantile by linear interpolation between the two nearest ranks, rank = level · (n − 1).</summary>
    /// <param name="values">Numbers, at least one; rearranged.</param>
    /// <param name="level">From 0 to 1.</param>
    public static float Quantile(Span<float> values, double level)
    {
        var rank = level * (values.Length - 1);
        var below = (int)rank;
        var lower = Select(values, below);
        if (below == rank) return lower;
        var upper = float.PositiveInfinity;
        foreach (var value in values[(below + 1)..]) upper = Math.Min(upper, value);
        return (float)(lower + ((double)upper - lower) * (rank - below));
    }

    /// <summary>The same of numbers in ascending order, which stay as they are.</summary>
    public static float QuantileOfSorted(ReadOnlySpan<float> values, double level)
    {
        var rank = level * (values.Length - 1);
        var below = (int)rank;
        return below == rank ? values[below] : (float)(values[below] + ((double)values[below + 1] - values[below]) * (rank - below));
    }

    private static float Middle(float a, float b, float c) => Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
}
