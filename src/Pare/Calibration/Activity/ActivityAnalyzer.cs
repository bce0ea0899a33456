using System.Diagnostics;
using Pare.Evaluation;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Calibration;

/// <summary>Looks at a model's activations over a text, in float32 and as they are without activation thresholds.</summary>
/// <remarks>
/// The experiment on similar patterns is that of Dhar et al. 2024 (arXiv 2412.12178), who compared the patterns of inputs of which 5 to 30 % had been changed; here positions that cannot see a change are counted by themselves, and every value stands beside that of chance.
/// Memory: the residual streams of all windows, changed ones included, and a bit a neuron and token of two blocks.
/// </remarks>
public static class ActivityAnalyzer
{
    // Of different windows; the standard error of a correlation over them is at most 0.016.
    private const int Pairs = 4096;

    /// <summary>Looks at the activations.</summary>
    /// <param name="model">The model.</param>
    /// <param name="windows">The text.</param>
    /// <param name="options">What is looked at.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="progress">Told after every window of every block; or null.</param>
    /// <param name="cancellation">Stops between two windows.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="ArgumentException">An option is out of range, the windows do not fit the model, or the model has no such site.</exception>
    /// <exception cref="CalibrationException">An activation is not a finite number.</exception>
    public static ActivityResult Analyze(Model model, TokenWindows windows, ActivityOptions options, ComputePool pool, Action<EvaluationProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(windows);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(pool);
        options.Check();
        WindowChecks.Check(windows, model.Config);
        var random = new SeededRandom((ulong)options.Seed);
        var pairs = Draw(windows, random);
        return Analyze(model, windows, new ChangedWindows(windows, options.ChangedShares, model.Config.VocabularySize, random), pairs, options, pool, progress, cancellation);
    }

    /// <summary>The same with pairs and changes that are given.</summary>
    internal static ActivityResult Analyze(Model model, TokenWindows windows, ChangedWindows changed, IReadOnlyList<(int First, int Second)> pairs, ActivityOptions options, ComputePool pool, Action<EvaluationProgress>? progress, CancellationToken cancellation)
    {
        var config = model.Config;
        var site = options.Site ?? (config.GatedFfn ? ActivationSite.Activation : ActivationSite.Neurons);
        if (Enumerable.Range(0, config.Layers.Count).All(layer => site.Channels(config, layer) == 0)) throw new ArgumentException($"the model has no activations at {site.Name()}", nameof(options));
        var clock = Stopwatch.StartNew();
        var (done, total) = (0, config.Layers.Count * (windows.Count + changed.All.Count));
        void Seen() => progress?.Invoke(new EvaluationProgress("activations", ++done, total, null));

        var distributions = new List<SiteDistribution>();
        var patterns = new List<BlockPatterns>();
        var jaccards = new List<double[]>();
        BitRows? before = null;
        using var stream = new BlockStream(config, changed.All, pool, model.FindWeight);
        for (var layer = 0; layer < config.Layers.Count; layer++)
        {
            using var block = new DecoderBlock(model, layer);
            var recorder = new DistributionRecorder(config, layer, Seen);
            stream.Watch(block, layer, recorder, cancellation, windows.Count);
            distributions.AddRange(recorder.Distributions());
            PatternRecorder? patternsOf = null;
            if (site.Channels(config, layer) is > 0 and var neurons)
                patternsOf = new PatternRecorder(site, neurons, (float)recorder[site].Quantile(options.Level), windows.Count, changed, options.ChangedShares, Seen);
            else
                done += changed.All.Count;
            stream.Advance(block, layer, cancellation, patternsOf);
            if (patternsOf is not null)
            {
                jaccards.Add(new double[pairs.Count]);
                patterns.Add(patternsOf.Summarize(layer, pairs, jaccards[^1], before));
            }

            before = patternsOf?.Patterns;
        }

        return new ActivityResult
        {
            Distributions = distributions,
            PatternSite = site.Name(),
            Level = options.Level,
            Patterns = patterns,
            BlockCorrelations = pairs.Count == 0 ? null : [.. jaccards.Select(a => (IReadOnlyList<double?>)[.. jaccards.Select(b => Correlation(a, b))])],
            Protocol = new Protocol
            {
                Name = windows.Protocol,
                Model = ModelIdentity.Of(model, windows.Protocol != "tokens"),
                Text = windows.Text,
                Window = windows.Window,
                Windows = windows.Count,
                Activations = "float32",
                Machine = MachineIdentity.Current(pool.Threads),
                WallSeconds = clock.Elapsed.TotalSeconds,
                PeakResidentBytes = ResidentMemory.Peak(),
            },
        };
    }

    private static List<(int First, int Second)> Draw(TokenWindows windows, SeededRandom random)
    {
        var pairs = new List<(int, int)>();
        while (windows.Count > 1 && pairs.Count < Pairs)
        {
            var (first, second) = (random.NextInt(windows.Count), random.NextInt(windows.Count));
            if (first != second) pairs.Add((first * windows.Window + random.NextInt(windows.Window), second * windows.Window + random.NextInt(windows.Window)));
        }

        return pairs;
    }

    private static double? Correlation(double[] a, double[] b)
    {
        var (meanA, meanB) = (a.Average(), b.Average());
        double product = 0, squaresA = 0, squaresB = 0;
        for (var i = 0; i < a.Length; i++)
        {
            product += (a[i] - meanA) * (b[i] - meanB);
            squaresA += (a[i] - meanA) * (a[i] - meanA);
            squaresB += (b[i] - meanB) * (b[i] - meanB);
        }

        return squaresA > 0 && squaresB > 0 ? product / Math.Sqrt(squaresA * squaresB) : null;
    }
}
