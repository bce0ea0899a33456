using Pare.Evaluation;
using Pare.Models;
using Pare.Runtime;

namespace Pare.Search;

/// <summary>Perplexity over the windows of a text and, where it is asked for, the divergence from the whole model, whose predictions are computed once.</summary>
/// <remarks>First blocks that candidates have in common are run once (<see cref="Plan"/>); candidates without hope can be stopped (<see cref="EarlyStopping"/>).</remarks>
public sealed class TextMeasure : ICandidateMeasure
{
    private readonly TokenWindows _windows;
    private readonly double[] _losses;
    private readonly double[] _divergences;
    private readonly string[] _measured;
    private readonly InferenceEngine? _engine;
    private readonly ReferencePredictions? _reference;
    private readonly PrefixStreams _streams;

    /// <summary>Prepares measurements.</summary>
    /// <param name="whole">The whole model; stays open while measuring.</param>
    /// <param name="windows">The windows.</param>
    /// <param name="withDivergence">Whether <see cref="SearchMetrics.Kl"/> is measured, too.</param>
    /// <param name="threads">Threads of the whole model; 0 takes one per processor.</param>
    /// <param name="cancellation">Stops the whole model's run.</param>
    /// <exception cref="ArgumentException">A window is longer than the model's context, or a token is not in its vocabulary.</exception>
    public TextMeasure(Model whole, TokenWindows windows, bool withDivergence = false, int threads = 0, CancellationToken cancellation = default)
        : this(whole, windows, withDivergence, threads, ReferencePredictions.LargestKeptBytes, PrefixStreams.MostBytes, cancellation)
    {
    }

    internal TextMeasure(Model whole, TokenWindows windows, bool withDivergence, int threads, long keptBytes, long streamBytes, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(whole);
        ArgumentNullException.ThrowIfNull(windows);
        WindowChecks.Check(windows, whole.Config);
        _windows = windows;
        _losses = new double[windows.Window - 1];
        _divergences = new double[withDivergence ? windows.Window - 1 : 0];
        _measured = withDivergence ? [SearchMetrics.Perplexity, SearchMetrics.Kl] : [SearchMetrics.Perplexity];
        _streams = new PrefixStreams(windows.Count, windows.Window, streamBytes);
        if (!withDivergence) return;
        _engine = new InferenceEngine(whole, new EngineOptions { Threads = threads });
        try
        {
            _reference = new ReferencePredictions(_engine, windows, keptBytes, cancellation);
        }
        catch
        {
            _engine.Dispose();
            throw;
        }
    }

    /// <summary>Stops candidates without hope; null measures all of them over all windows.</summary>
    public EarlyStopping? Stopping { get; init; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Metrics => Stopping is null ? _measured : [.. _measured, SearchMetrics.Windows];

    /// <summary>Blocks that windows have run so far, and blocks that they have not because another candidate had.</summary>
    public (long Run, long Shared) Blocks => _streams.Blocks;

    /// <summary>Plans the candidates to come, so that what they have in common is run once.</summary>
    /// <param name="space">The space.</param>
    /// <param name="candidates">The candidates.</param>
    /// <returns>The order in which to measure them: their indices.</returns>
    public IReadOnlyList<int> Plan(SubNetworkSpace space, IReadOnlyList<Candidate> candidates)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(candidates);
        return _streams.Plan([.. candidates.Select(space.Blocks)]);
    }

    /// <inheritdoc/>
    public void Measure(CandidateModel candidate, IDictionary<string, double> values, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(values);
        var comparison = Stopping?.Begin(values, _measured);
        var run = candidate.Blocks is { } blocks ? _streams.Begin(blocks, candidate.Layout.Config.HiddenSize) : null;
        var (window, seen) = (0, 0);
        using var scorer = new TokenScorer(candidate.Engine, _windows.Window)
        {
            Runs = run is null ? null : (start, tokens, cache, hidden) => run.Forward(candidate.Engine, start, tokens, cache, hidden),
            Seen = _reference is null ? null : (position, count, logits) => _reference.Compare(window, position, logits, _divergences.AsSpan(position, count)),
        };
        double[][] found = [.. _measured.Select(_ => new double[_windows.Count])];
        while (seen < _windows.Count)
        {
            window = Stopping?.Order[seen] ?? seen;
            run?.Begin(window);
            scorer.Score(_windows[window], _losses, default, cancellation);
            run?.End();
            found[0][window] = LossStatistics.Mean(_losses);
            if (_reference is not null) found[1][window] = LossStatistics.Mean(_divergences);
            seen++;
            if (comparison?.IsHopeless(found, seen) == true) break;
        }

        for (var i = 0; i < _measured.Length; i++)
        {
            var mean = seen == _windows.Count ? LossStatistics.Mean(found[i]) : comparison!.Estimate(found, i, seen);
            values[_measured[i]] = i == 0 ? Math.Exp(mean) : mean;
        }

        if (Stopping is null) return;
        values[SearchMetrics.Windows] = seen;
        if (seen == _windows.Count && candidate.Name is { } name && found.All(losses => losses.All(double.IsFinite))) Stopping.Keep(name, [.. _measured.Zip(found)]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _streams.Dispose();
        _reference?.Dispose();
        _engine?.Dispose();
    }
}
