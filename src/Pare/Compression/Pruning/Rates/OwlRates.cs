using Pare.Calibration;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Outlier-weighed rates, one a block (Yin et al. 2023, arXiv 2310.05175).</summary>
/// <remarks>
/// D is the share of a block's scores |w| · ‖x‖ that are above 5 times their mean. The density of a block is 2λ · (D − min D) / (max D − min D), moved so that the mean over the weights is
/// the density asked for; λ is the spread.
/// </remarks>
internal sealed class OwlRates(double rate, double spread) : SiteRates(rate, spread)
{
    private const double OutlierMultiple = 5;
    private readonly SortedDictionary<int, List<(LinearSite Site, float[] Scores)>> _open = [];
    private readonly SortedDictionary<int, (List<string> Sites, long Weights, double Outliers)> _blocks = [];

    public override StatisticsKinds Needs => StatisticsKinds.Channels;

    public override void Add(LinearSite site, float[] weights, InputStatistics statistics, ComputePool pool)
    {
        // The scores of one block are kept until the next one begins: outliers are counted beside the mean of the whole block.
        Close(before: site.Layer);
        var norms = statistics.Norms();
        var scores = new float[weights.Length];
        for (var i = 0; i < scores.Length; i++) scores[i] = Math.Abs(weights[i]) * norms[i % norms.Length];
        if (!_open.TryGetValue(site.Layer, out var list)) _open.Add(site.Layer, list = []);
        list.Add((site, scores));
    }

    protected override IEnumerable<(string Site, double Rate)> Allocate()
    {
        Close(before: int.MaxValue);
        if (_blocks.Count == 0) yield break;
        var (least, most) = (_blocks.Values.Min(block => block.Outliers), _blocks.Values.Max(block => block.Outliers));
        double Density((List<string> Sites, long Weights, double Outliers) block) => most > least ? 2 * Spread * (block.Outliers - least) / (most - least) : 0;
        var mean = _blocks.Values.Sum(block => block.Weights * Density(block)) / _blocks.Values.Sum(block => block.Weights);
        foreach (var block in _blocks.Values)
            foreach (var site in block.Sites) yield return (site, Rate - Density(block) + mean);
    }

    private void Close(int before)
    {
        foreach (var (layer, sites) in _open.Where(entry => entry.Key < before).ToList())
        {
            _open.Remove(layer);
            var weights = sites.Sum(entry => (long)entry.Scores.Length);
            var mean = sites.Sum(entry => Sum(entry.Scores)) / weights;
            var outliers = sites.Sum(entry => Above(entry.Scores, (float)(OutlierMultiple * mean)));
            _blocks.Add(layer, ([.. sites.Select(entry => entry.Site.Name)], weights, (double)outliers / weights));
        }
    }

    private static double Sum(float[] values)
    {
        double sum = 0;
        foreach (var value in values) sum += value;
        return sum;
    }

    private static long Above(float[] values, float threshold)
    {
        long count = 0;
        foreach (var value in values) if (value > threshold) count++;
        return count;
    }
}
