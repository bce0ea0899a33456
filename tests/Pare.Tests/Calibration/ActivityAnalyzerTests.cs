using Pare.Calibration;
using Pare.Evaluation;
using Pare.Models;
using Pare.Numerics;
using Pare.Tests.Evaluation;
using Pare.Tests.Training.Definition;

namespace Pare.Tests.Calibration;

/// <summary>Distributions and similarities against a definition: activations of a forward pass in double precision, sorted lists, and sets.</summary>
public sealed class ActivityAnalyzerTests
{
    private const int Windows = 3;
    private const int Length = 8;
    private const double Bin = 1.0 / 64;
    private static readonly double[] s_shares = [0.125, 0.5];

    /// <summary>SwiGLU, ReLU, GELU in parallel blocks, GEGLU with norms on both sides; layers that differ, and layers that are missing.</summary>
    [Theory]
    [InlineData("llama", "uniform", null)]
    [InlineData("llama", "missing", ActivationSite.Neurons)]
    [InlineData("opt", "uneven", null)]
    [InlineData("gpt-neox", "uniform", null)]
    [InlineData("gemma2", "uneven", ActivationSite.Gate)]
    public void Everything_is_as_defined(string name, string layers, ActivationSite? chosen)
    {
        using var model = SmallModels.Create(name, layers);
        var windows = SmallTokens.Windows(model.Config.VocabularySize, Windows, Length);
        var random = new SeededRandom(3);
        var changed = new ChangedWindows(windows, s_shares, model.Config.VocabularySize, random);
        List<(int First, int Second)> pairs = [.. Enumerable.Range(0, 40).Select(_ => (random.NextInt(Windows * Length), random.NextInt(Windows * Length)))];
        var options = new ActivityOptions { Site = chosen, Level = 0.4, ChangedShares = s_shares };
        using var pool = new ComputePool(2);
        var found = ActivityAnalyzer.Analyze(model, windows, changed, pairs, options, pool, null, default);

        var seen = Activations(model, changed.All);
        Assert.Equal(seen.Keys.Select(key => (key.Layer, key.Site.Name())).ToHashSet(), found.Distributions.Select(entry => (entry.Block, entry.Site)).ToHashSet());
        foreach (var distribution in found.Distributions)
            Check(distribution, [.. seen[(distribution.Block, ActivationSites.Find(distribution.Site)!.Value)].Take(Windows).SelectMany(window => window)]);

        var site = chosen ?? (model.Config.GatedFfn ? ActivationSite.Activation : ActivationSite.Neurons);
        Assert.Equal(site.Name(), found.PatternSite);
        Assert.Equal(model.Config.Layers.Count(layer => layer.HasFfn), found.Patterns.Count);
        var sets = found.Patterns.ToDictionary(block => block.Block, block => Patterns(seen[(block.Block, site)], block.Neurons, block.Threshold));
        foreach (var block in found.Patterns) Check(block, found.Patterns.Any(before => before.Block == block.Block - 1 && before.Neurons == block.Neurons), sets, changed, pairs);
        for (var i = 0; i < found.Patterns.Count; i++)
        {
            for (var j = 0; j < found.Patterns.Count; j++)
            {
                var (a, b) = (Jaccards(sets[found.Patterns[i].Block], pairs), Jaccards(sets[found.Patterns[j].Block], pairs));
                Assert.Equal(Pearson(a, b), found.BlockCorrelations![i][j]!.Value, 1e-9);
            }
        }
    }

    [Fact]
    public void Changed_windows_differ_at_the_chosen_positions_only_and_larger_shares_include_smaller_ones()
    {
        var windows = SmallTokens.Windows(50, 4, 40);
        var changed = new ChangedWindows(windows, [0.05, 0.3], 50, new SeededRandom(5));
        Assert.Equal(12, changed.All.Count);
        for (var w = 0; w < 4; w++)
        {
            Assert.Equal(windows[w].ToArray(), changed.All[w].ToArray());
            Assert.Equal((2, 12), (changed.Positions(0, w).Length, changed.Positions(1, w).Length));
            Assert.Subset(changed.Positions(1, w).ToArray().ToHashSet(), changed.Positions(0, w).ToArray().ToHashSet());
            for (var share = 0; share < 2; share++)
            {
                int[] different = [.. Enumerable.Range(0, 40).Where(p => windows[w][p] != changed.All[(share + 1) * 4 + w][p])];
                Assert.Equal(changed.Positions(share, w).ToArray().Order(), different);
            }
        }
    }

    [Fact]
    public void Sizes_at_the_edges_of_the_bins_and_beyond_them_are_counted()
    {
        var histogram = new SizeHistogram();
        histogram.Add([0, -0f, 1e-30f, -1e-30f, 0.5f, -0.5f, 1, 1e20f]);
        Assert.Equal((8, 2, 2), (histogram.Count, histogram.Zeros, histogram.Negative));
        Assert.Equal(1e20f, histogram.Largest);
        Assert.Equal(0, histogram.Quantile(0.25));
        Assert.InRange(histogram.Quantile(0.5), 0, 1e-12);
        Assert.Equal(0.5, histogram.ShareBelow(0.5));
        Assert.Equal(0.75, histogram.ShareBelow(0.51), 1e-12);
        Assert.Equal(1e20, histogram.Quantile(1), 1e14);
        Assert.False(IsFinite(float.NaN));
        Assert.False(IsFinite(float.NegativeInfinity));

        static bool IsFinite(float value)
        {
            var other = new SizeHistogram();
            other.Add([1, value]);
            return other.IsFinite;
        }
    }

    [Fact]
    public void Progress_ends_at_its_total_and_a_cancelled_run_stops()
    {
        using var model = SmallModels.Create("llama", "missing");
        var windows = SmallTokens.Windows(model.Config.VocabularySize, Windows, Length);
        using var pool = new ComputePool(1);
        var last = default(EvaluationProgress);
        ActivityAnalyzer.Analyze(model, windows, new ActivityOptions { ChangedShares = s_shares }, pool, step => last = step);
        Assert.Equal(last.Total, last.Done);
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => { ActivityAnalyzer.Analyze(model, windows, new ActivityOptions(), pool, _ => cancellation.Cancel(), cancellation.Token); });
    }

    [Fact]
    public void Options_out_of_range_and_sites_that_are_not_there_are_refused()
    {
        using var model = SmallModels.Create("opt");
        var windows = SmallTokens.Windows(model.Config.VocabularySize, Windows, Length);
        using var pool = new ComputePool(1);
        Assert.Contains("no activations at gate", Refused(new ActivityOptions { Site = ActivationSite.Gate }), StringComparison.Ordinal);
        Assert.Contains("the level 1 is", Refused(new ActivityOptions { Level = 1 }), StringComparison.Ordinal);
        Assert.Contains("0 is no share", Refused(new ActivityOptions { ChangedShares = [0] }), StringComparison.Ordinal);

        string Refused(ActivityOptions options) => Assert.Throws<ArgumentException>(() => { ActivityAnalyzer.Analyze(model, windows, options, pool); }).Message;
    }

    // [window][token · channels] of every site of every block.
    private static Dictionary<(int Layer, ActivationSite Site), List<double[]>> Activations(Model model, TokenWindows windows)
    {
        var seen = new Dictionary<(int, ActivationSite), List<double[]>>();
        var values = DoubleGradients.ValuesOf(model);
        for (var w = 0; w < windows.Count; w++)
        {
            new DoubleModel(model.Config, values, stage: (layer, site, x) =>
            {
                if (!seen.TryGetValue((layer, site), out var list)) seen.Add((layer, site), list = []);
                list.Add((double[])x.Clone());
            }).Logits(new Tape(), [windows[w].ToArray()]);
        }

        return seen;
    }

    private static void Check(SiteDistribution found, double[] x)
    {
        double[] sizes = [.. x.Select(Math.Abs).Order()];
        Assert.Equal(x.Length, found.Values);
        Assert.Equal((double)x.Count(value => value == 0) / x.Length, found.Zeros, 1e-12);
        Assert.Equal((double)x.Count(value => value < 0) / x.Length, found.Negative, 1e-12);
        Assert.Equal(x.Average(), found.Mean, 1e-4 * found.RootMeanSquare);
        Assert.InRange(found.RootMeanSquare / Math.Sqrt(x.Average(value => value * value)), 1 - 1e-4, 1 + 1e-4);
        Assert.InRange(found.Largest / sizes[^1], 1 - 1e-4, 1 + 1e-4);
        for (var i = 0; i < SiteDistribution.Levels.Count; i++)
        {
            // The bin of the quantile holds the number of its rank.
            var exact = sizes[Math.Max(0, (int)Math.Ceiling(SiteDistribution.Levels[i] * x.Length - 1e-9) - 1)];
            Assert.InRange(found.Quantiles[i], exact / (1 + Bin) - 1e-6, exact * (1 + Bin) + 1e-6);
        }

        Assert.InRange(found.BelowTenth, sizes.Count(size => size < 0.1 / (1 + Bin)) / (double)x.Length - 1e-9, sizes.Count(size => size < 0.1 * (1 + Bin)) / (double)x.Length + 1e-9);
        var half = sizes.Take(x.Length / 2).Sum(size => size * size) / sizes.Sum(size => size * size);
        Assert.InRange(found.SmallHalfEnergy, half * (1 - 3 * Bin) - 1e-9, half * (1 + 3 * Bin) + 1e-2);
        foreach (var point in found.Curve) Assert.Equal((double)sizes.Count(size => size < point.Size) / x.Length, point.Below, 1.5 / x.Length);
        Assert.Equal(1, found.Curve[^1].Below, 1e-12);
    }

    // The active neurons of each token of each window.
    private static HashSet<int>[] Patterns(List<double[]> windows, int neurons, double threshold) =>
        [.. windows.SelectMany(x => Enumerable.Range(0, Length).Select(t => Enumerable.Range(0, neurons).Where(i => x[t * neurons + i] != 0 && Math.Abs(x[t * neurons + i]) >= threshold).ToHashSet()))];

    private static void Check(BlockPatterns found, bool isLikeBefore, Dictionary<int, HashSet<int>[]> all, ChangedWindows changed, List<(int First, int Second)> pairs)
    {
        var (sets, n) = (all[found.Block], found.Neurons);
        var unchanged = sets.Take(Windows * Length).ToArray();
        double[] shares = [.. unchanged.Select(set => (double)set.Count / n)];
        Assert.Equal(shares.Average(), found.Active, 1e-9);
        Assert.Equal((shares.Min(), shares.Max()), (found.LeastActive, found.MostActive));
        int[] fired = [.. Enumerable.Range(0, n).Select(i => unchanged.Count(set => set.Contains(i)))];
        Assert.Equal((double)fired.Count(count => count == 0) / n, found.NeverActive, 1e-9);
        Assert.Equal((double)fired.Count(count => count >= 0.9 * unchanged.Length) / n, found.UsuallyActive, 1e-9);
        Assert.Equal([1, 2, 4], found.Distances.Select(pair => pair.Distance));
        foreach (var (distance, similarity) in found.Distances)
            Check(similarity, n, [.. Enumerable.Range(0, Windows * Length).Where(t => t % Length + distance < Length).Select(t => (sets[t], sets[t + distance]))]);
        Check(found.Unrelated, n, [.. pairs.Select(pair => (sets[pair.First], sets[pair.Second]))]);
        Check(found.BlockBefore, n, isLikeBefore ? [.. unchanged.Zip(all[found.Block - 1], (a, b) => (b, a))] : []);
        for (var share = 0; share < s_shares.Length; share++)
        {
            var kinds = new Dictionary<string, List<(HashSet<int>, HashSet<int>)>> { ["first"] = [], ["before"] = [], ["unchanged"] = [], ["changed"] = [] };
            for (var w = 0; w < Windows; w++)
            {
                var positions = changed.Positions(share, w).ToArray();
                for (var t = 0; t < Length; t++)
                {
                    var kind = t == 0 ? "first" : positions.All(position => position > t) ? "before" : positions.Contains(t) ? "changed" : "unchanged";
                    kinds[kind].Add((sets[w * Length + t], sets[((share + 1) * Windows + w) * Length + t]));
                }
            }

            var change = found.Changes[share];
            Assert.Equal(s_shares[share], change.Share);
            Check(change.First, n, kinds["first"]);
            Check(change.Before, n, kinds["before"]);
            Check(change.Unchanged, n, kinds["unchanged"]);
            Check(change.Changed, n, kinds["changed"]);
            Check(change.All, n, [.. kinds.Values.SelectMany(list => list)]);
            if (change.Before is { } same) Assert.Equal((1, 1, 1), (same.Jaccard, same.Overlap, same.Match));
            // Something has to change, or all of this would be true of nothing.
            Assert.True(change.Changed is null or { Jaccard: < 0.99 });
        }
    }

    private static void Check(PatternSimilarity? found, int n, List<(HashSet<int> A, HashSet<int> B)> pairs)
    {
        if (pairs.Count == 0)
        {
            Assert.Null(found);
            return;
        }

        Assert.Equal(pairs.Count, found!.Pairs);
        Assert.Equal(pairs.Average(pair => Jaccard(pair.A, pair.B)), found.Jaccard, 1e-9);
        Assert.Equal(pairs.Average(pair => Overlap(pair.A, pair.B, pair.A.Intersect(pair.B).Count())), found.Overlap, 1e-9);
        Assert.Equal(pairs.Average(pair => (double)Enumerable.Range(0, n).Count(i => pair.A.Contains(i) == pair.B.Contains(i)) / n), found.Match, 1e-9);
        double Common((HashSet<int> A, HashSet<int> B) pair) => (double)pair.A.Count * pair.B.Count / n;
        Assert.Equal(pairs.Average(pair => pair.A.Count + pair.B.Count == 0 ? 1 : Common(pair) / (pair.A.Count + pair.B.Count - Common(pair))), found.JaccardByChance, 1e-9);
        Assert.Equal(pairs.Average(pair => Overlap(pair.A, pair.B, Common(pair))), found.OverlapByChance, 1e-9);
        // Both active, or neither: two independent events.
        Assert.Equal(pairs.Average(pair => ((double)pair.A.Count * pair.B.Count + (n - pair.A.Count) * (double)(n - pair.B.Count)) / n / n), found.MatchByChance, 1e-9);
    }

    private static double Jaccard(HashSet<int> a, HashSet<int> b) => a.Count + b.Count == 0 ? 1 : (double)a.Intersect(b).Count() / a.Union(b).Count();

    private static double Overlap(HashSet<int> a, HashSet<int> b, double common) => a.Count + b.Count == 0 ? 1 : a.Count == 0 || b.Count == 0 ? 0 : common / Math.Min(a.Count, b.Count);

    private static double[] Jaccards(HashSet<int>[] sets, List<(int First, int Second)> pairs) => [.. pairs.Select(pair => Jaccard(sets[pair.First], sets[pair.Second]))];

    private static double Pearson(double[] a, double[] b)
    {
        var n = a.Length;
        var covariance = a.Zip(b, (x, y) => x * y).Sum() / n - a.Average() * b.Average();
        return covariance / Math.Sqrt(a.Sum(x => x * x) / n - a.Average() * a.Average()) / Math.Sqrt(b.Sum(x => x * x) / n - b.Average() * b.Average());
    }
}
