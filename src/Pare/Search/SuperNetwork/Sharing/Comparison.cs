namespace Pare.Search;

/// <summary>A candidate beside the row that it may be hopeless against.</summary>
/// <param name="losses">For each metric the row's values, window by window.</param>
/// <param name="order">The order of the windows.</param>
/// <param name="test">The test.</param>
internal sealed class Comparison(double[][] losses, IReadOnlyList<int> order, PairedTest test)
{
    private readonly double[] _differences = new double[order.Count];

    /// <summary>Whether the candidate is worse in every metric.</summary>
    /// <param name="found">For each metric the candidate's values, window by window.</param>
    /// <param name="seen">Windows of the order that were measured.</param>
    public bool IsHopeless(double[][] found, int seen)
    {
        for (var metric = 0; metric < losses.Length; metric++)
            if (!test.IsWorse(Differences(found, metric, seen))) return false;
        return true;
    }

    /// <summary>A mean over all windows, estimated: the row's, and the mean difference of those that were seen.</summary>
    /// <param name="found">For each metric the candidate's values, window by window.</param>
    /// <param name="metric">Index of the metric.</param>
    /// <param name="seen">Windows of the order that were measured.</param>
    public double Estimate(double[][] found, int metric, int seen)
    {
        double sum = 0;
        foreach (var difference in Differences(found, metric, seen)) sum += difference;
        return losses[metric].Average() + sum / seen;
    }

    private ReadOnlySpan<double> Differences(double[][] found, int metric, int seen)
    {
        for (var i = 0; i < seen; i++) _differences[i] = found[metric][order[i]] - losses[metric][order[i]];
        return _differences.AsSpan(0, seen);
    }
}
