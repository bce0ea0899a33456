namespace Pare.Search;

/// <summary>How good predictions are.</summary>
public static class PredictionQuality
{
    /// <summary>Kendall's τ-b: concordant less discordant pairs, over the geometric mean of the pairs that either side does not tie. 1: same order; 0: none; −1: reversed.</summary>
    /// <param name="first">Values.</param>
    /// <param name="second">Values of the same things.</param>
    /// <returns>τ-b; 0 where one side is constant.</returns>
    /// <exception cref="ArgumentException">Different counts.</exception>
    public static double KendallTau(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        Check(first, second);
        long balance = 0, untiedFirst = 0, untiedSecond = 0;
        for (var i = 0; i < first.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var (a, b) = (first[i].CompareTo(first[j]), second[i].CompareTo(second[j]));
                balance += Math.Sign(a) * Math.Sign(b);
                if (a != 0) untiedFirst++;
                if (b != 0) untiedSecond++;
            }
        }

        return untiedFirst == 0 || untiedSecond == 0 ? 0 : balance / Math.Sqrt((double)untiedFirst * untiedSecond);
    }

    /// <summary>Mean absolute percentage error, as a share: mean |yᵢ − ŷᵢ| / |yᵢ|.</summary>
    /// <param name="actual">Measured values.</param>
    /// <param name="predicted">Predictions of them.</param>
    /// <returns>The share; values of 0 count with a divisor of 1e-12.</returns>
    /// <exception cref="ArgumentException">Different counts, or none.</exception>
    public static double MeanAbsolutePercentageError(IReadOnlyList<double> actual, IReadOnlyList<double> predicted)
    {
        Check(actual, predicted);
        if (actual.Count == 0) throw new ArgumentException("no values to compare", nameof(actual));
        return actual.Zip(predicted).Average(pair => Math.Abs(pair.First - pair.Second) / Math.Max(Math.Abs(pair.First), 1e-12));
    }

    private static void Check(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.Count != second.Count) throw new ArgumentException($"{first.Count} values and {second.Count} cannot be compared", nameof(second));
    }
}
