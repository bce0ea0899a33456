namespace Pare.Evaluation.Speed;

/// <summary>A rate that was measured several times.</summary>
/// <param name="Median">Median of the repetitions.</param>
/// <param name="Lowest">Slowest repetition.</param>
/// <param name="Highest">Fastest repetition.</param>
/// <param name="Samples">All repetitions, in the order of measurement.</param>
public sealed record RateSample(double Median, double Lowest, double Highest, IReadOnlyList<double> Samples)
{
    /// <summary>Puts repetitions together.</summary>
    internal static RateSample Of(IReadOnlyList<double> samples)
    {
        double[] ascending = [.. samples.Order()];
        return new RateSample(LossStatistics.Quantile(ascending, 0.5), ascending[0], ascending[^1], [.. samples]);
    }
}
