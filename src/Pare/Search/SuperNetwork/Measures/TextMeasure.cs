using Pare.Evaluation;
using Pare.Models;
using Pare.Runtime;

namespace Pare.Search;

/// <summary>Perplexity over the windows of a text and, where it is asked for, the divergence from the whole model, whose predictions are computed once.</summary>
public sealed class TextMeasure : ICandidateMeasure
{
    private readonly TokenWindows _windows;
    private readonly double[] _losses;
    private readonly double[] _divergences;
    private readonly InferenceEngine? _engine;
    private readonly ReferencePredictions? _reference;

    /// <summary>Prepares measurements.</summary>
    /// <param name="whole">The whole model; stays open while measuring.</param>
    /// <param name="windows">The windows.</param>
    /// <param name="withDivergence">Whether <see cref="SearchMetrics.Kl"/> is measured, too.</param>
    /// <param name="threads">Threads of the whole model; 0 takes one per processor.</param>
    /// <param name="cancellation">Stops the whole model's run.</param>
    /// <exception cref="ArgumentException">A window is longer than the model's context, or a token is not in its vocabulary.</exception>
    public TextMeasure(Model whole, TokenWindows windows, bool withDivergence = false, int threads = 0, CancellationToken cancellation = default)
        : this(whole, windows, withDivergence, threads, ReferencePredictions.LargestKeptBytes, cancellation)
    {
    }

    internal TextMeasure(Model whole, TokenWindows windows, bool withDivergence, int threads, long keptBytes, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(whole);
        ArgumentNullException.ThrowIfNull(windows);
        WindowChecks.Check(windows, whole.Config);
        _windows = windows;
        _losses = new double[windows.Window - 1];
        _divergences = new double[withDivergence ? windows.Window - 1 : 0];
        Metrics = withDivergence ? [SearchMetrics.Perplexity, SearchMetrics.Kl] : [SearchMetrics.Perplexity];
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

    /// <inheritdoc/>
    public IReadOnlyList<string> Metrics { get; }

    /// <inheritdoc/>
    public void Measure(CandidateModel candidate, IDictionary<string, double> values, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(values);
        var window = 0;
        using var scorer = new TokenScorer(candidate.Engine, _windows.Window)
        {
            Seen = _reference is null ? null : (position, count, logits) => _reference.Compare(window, position, logits, _divergences.AsSpan(position, count)),
        };
        double loss = 0, divergence = 0;
        for (; window < _windows.Count; window++)
        {
            scorer.Score(_windows[window], _losses, default, cancellation);
            loss += LossStatistics.Mean(_losses);
            if (_reference is not null) divergence += LossStatistics.Mean(_divergences);
        }

        values[SearchMetrics.Perplexity] = Math.Exp(loss / _windows.Count);
        if (_reference is not null) values[SearchMetrics.Kl] = divergence / _windows.Count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reference?.Dispose();
        _engine?.Dispose();
    }
}
