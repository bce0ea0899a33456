using Pare.Calibration;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Rates by one threshold for all sites on what the removal of a weight adds to the relative error of its site's output: w² · Σx² / ‖W·X‖².</summary>
/// <remarks>Scores are counted in bins an eighth of a factor of two wide; within a bin they are taken to be spread evenly.</remarks>
internal sealed class SensitivityRates(double rate, double spread) : SiteRates(rate, spread)
{
    private const int BinsPerOctave = 8, LeastExponent = -96, Bins = 100 * BinsPerOctave;
    private const int Halvings = 60;
    private readonly List<(string Site, long Weights, long[] Counts)> _sites = [];

    public override StatisticsKinds Needs => StatisticsKinds.SecondMoments;

    public override void Add(LinearSite site, float[] weights, InputStatistics statistics, ComputePool pool)
    {
        var energy = OutputError.Energy(pool, statistics, weights, site.Rows);
        var counts = new long[Bins];
        var squares = statistics.SquareSums;
        for (var i = 0; i < weights.Length; i++)
        {
            var score = energy > 0 ? (double)weights[i] * weights[i] * squares[i % squares.Length] / energy : 0;
            counts[score > 0 ? Math.Clamp((int)((Math.Log2(score) - LeastExponent) * BinsPerOctave), 0, Bins - 1) : 0]++;
        }

        _sites.Add((site.Name, weights.Length, counts));
    }

    protected override IEnumerable<(string Site, double Rate)> Allocate()
    {
        var below = _sites.Select(site => Cumulated(site.Counts, site.Weights)).ToList();
        var total = _sites.Sum(site => site.Weights);
        var (low, high) = (0.0, (double)Bins);
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (low + high) / 2;
            var removed = _sites.Select((site, s) => site.Weights * Bounded(below[s], middle)).Sum();
            if (removed < Rate * total) low = middle;
            else high = middle;
        }

        return _sites.Select((site, s) => (site.Site, Bounded(below[s], high)));
    }

    private double Bounded(double[] below, double threshold)
    {
        var bin = Math.Min((int)threshold, Bins - 1);
        var share = below[bin] + (below[bin + 1] - below[bin]) * (threshold - bin);
        return Math.Clamp(share, Math.Max(0, Rate - Spread), Math.Min(0.999, Rate + Spread));
    }

    // Share of the weights below each bin.
    private static double[] Cumulated(long[] counts, long weights)
    {
        var below = new double[Bins + 1];
        long sum = 0;
        for (var bin = 0; bin < Bins; bin++)
        {
            below[bin] = (double)sum / weights;
            sum += counts[bin];
        }

        below[Bins] = 1;
        return below;
    }
}
