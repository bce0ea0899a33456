namespace Pare.Numerics;

/// <summary>k-means of numbers on a line, solved exactly. Not for several threads at once.</summary>
/// <remarks>
/// Clusters of the best partition are runs of the sorted numbers, so dynamic programming over the ends of runs finds it. The best beginning of the last run never falls as its end rises (the cost meets
/// the quadrangle inequality), so each of the k layers takes n · log n steps (divide and conquer; Wang and Song 2011 solve the same problem in n² steps a layer).
/// </remarks>
/// <param name="capacity">Most numbers.</param>
/// <param name="clusters">Most clusters.</param>
internal sealed class WeightedKMeans(int capacity, int clusters)
{
    private readonly double[] _weights = new double[capacity + 1];
    private readonly double[] _firsts = new double[capacity + 1];
    private readonly double[] _seconds = new double[capacity + 1];
    private readonly int[] _begins = new int[(capacity + 1) * clusters];
    private double[] _cost = new double[capacity + 1];
    private double[] _next = new double[capacity + 1];

    /// <summary>Finds the centres.</summary>
    /// <param name="sorted">[n] ascending numbers, at least one.</param>
    /// <param name="weights">[n] how much each counts, not negative; where all are 0, all count the same.</param>
    /// <param name="centres">[k] ascending results, k at most the number of clusters; where n is smaller, the last one is repeated.</param>
    /// <returns>Σ weight · (number − centre)², the least that k centres can give.</returns>
    public double Solve(ReadOnlySpan<float> sorted, ReadOnlySpan<double> weights, Span<double> centres)
    {
        var n = sorted.Length;
        var same = true;
        foreach (var weight in weights) same &= weight == 0;
        for (var i = 0; i < n; i++)
        {
            var (weight, number) = (same ? 1 : weights[i], (double)sorted[i]);
            _weights[i + 1] = _weights[i] + weight;
            _firsts[i + 1] = _firsts[i] + weight * number;
            _seconds[i + 1] = _seconds[i] + weight * number * number;
        }

        var k = Math.Min(centres.Length, n);
        for (var end = 0; end <= n; end++) _cost[end] = Cost(0, end);
        for (var layer = 1; layer < k; layer++)
        {
            Layer(layer, layer + 1, n, layer, n - 1);
            (_cost, _next) = (_next, _cost);
        }

        var total = _cost[n];
        for (var (layer, end) = (k - 1, n); layer >= 0; layer--)
        {
            var begin = layer == 0 ? 0 : _begins[layer * (capacity + 1) + end];
            var weight = _weights[end] - _weights[begin];
            // Numbers that do not count lie in the middle of nothing: the run's own middle stands for them.
            centres[layer] = weight > 0 ? Math.Clamp((_firsts[end] - _firsts[begin]) / weight, sorted[begin], sorted[end - 1]) : ((double)sorted[begin] + sorted[end - 1]) / 2;
            end = begin;
        }

        for (var i = k; i < centres.Length; i++) centres[i] = centres[k - 1];
        return same && weights.Length > 0 ? 0 : total;
    }

    // The costs of layer + 1 runs for all ends from first to last, whose last run begins between low and high.
    private void Layer(int layer, int first, int last, int low, int high)
    {
        if (first > last) return;
        var end = (first + last) / 2;
        var (best, least) = (low, double.PositiveInfinity);
        for (var begin = low; begin <= Math.Min(high, end - 1); begin++)
        {
            var cost = _cost[begin] + Cost(begin, end);
            if (cost < least) (best, least) = (begin, cost);
        }

        (_next[end], _begins[layer * (capacity + 1) + end]) = (least, best);
        Layer(layer, first, end - 1, low, best);
        Layer(layer, end + 1, last, best, high);
    }

    private double Cost(int begin, int end)
    {
        var weight = _weights[end] - _weights[begin];
        if (weight <= 0) return 0;
        var first = _firsts[end] - _firsts[begin];
        return Math.Max(0, _seconds[end] - _seconds[begin] - first * first / weight);
    }
}
