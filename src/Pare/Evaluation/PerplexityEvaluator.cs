using System.Diagnostics;
using Pare.Formats;
using Pare.Models;
using Pare.Runtime;

namespace Pare.Evaluation;

/// <summary>
/// Measures perplexity over windows of tokens: exp( Σᵢ CEᵢ / n ), where CEᵢ is the mean cross-entropy of the L − 1 predicted tokens of window i.
/// The first token of each window is never predicted, and no BOS is added per window.
/// </summary>
/// <remarks>
/// The protocol of SparseGPT (Frantar and Alistarh 2023, arXiv 2301.00774), GPTQ (2210.17323) and Wanda (2306.11695).
/// lm-evaluation-harness' "wikitext" task is another measure (per word, of detokenized documents); the two must not be compared.
/// </remarks>
public sealed class PerplexityEvaluator
{
    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(15);
    private readonly Model _model;
    private readonly InferenceEngine _engine;

    /// <summary>Makes an evaluator.</summary>
    /// <param name="model">The model.</param>
    /// <param name="engine">An engine over that model.</param>
    public PerplexityEvaluator(Model model, InferenceEngine engine)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(engine);
        _model = model;
        _engine = engine;
    }

    /// <summary>Measures the perplexity.</summary>
    /// <param name="windows">What to measure it over.</param>
    /// <param name="options">Progress and resumption.</param>
    /// <param name="cancellation">Stops the evaluation; finished windows are kept in the state file, where there is one.</param>
    /// <returns>The result.</returns>
    /// <exception cref="ArgumentException">A window is longer than the model's context, or a token is not in its vocabulary.</exception>
    /// <exception cref="ModelFormatException">The state file is damaged, or belongs to another run or to more windows.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was cancelled.</exception>
    public PerplexityResult Evaluate(TokenWindows windows, PerplexityOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(windows);
        options ??= new PerplexityOptions();
        WindowChecks.Check(windows, _engine.Config);
        var identity = ModelIdentity.Of(_model, windows.Protocol != "tokens");
        using var scorer = new TokenScorer(_engine, windows.Window);
        var state = PerplexityState.Load(options.StateFile, PerplexityState.KeyOf(identity.Fingerprint, Arithmetic(scorer), windows), windows);
        var means = state.WindowMeans;
        var before = means.Count;
        var clock = Stopwatch.StartNew();
        _engine.ResetActivity();
        if (before < windows.Count) Run(windows, scorer, state, options, cancellation);
        var result = Summarize(windows, identity, scorer.KeyValueType.Name(), means, before, clock.Elapsed.TotalSeconds);
        return _engine.CountedSparsity() is { Count: > 0 } sites ? result with { ActivationSparsity = sites, Prediction = _engine.CountedPrediction() } : result;
    }

    /// <summary>The result that a comparison over the same windows amounts to for its model; it has no speed of its own.</summary>
    internal PerplexityResult Summarize(TokenWindows windows, ComparisonResult comparison) =>
        Summarize(windows, comparison.Protocol.Model, comparison.Protocol.KeyValueType, comparison.WindowMeans, windows.Count, comparison.Seconds);

    private PerplexityResult Summarize(TokenWindows windows, ModelIdentity identity, string? keyValueType, IReadOnlyList<double> means, int before, double seconds)
    {
        double[] values = [.. means];
        var mean = LossStatistics.Mean(values);
        var tokens = (long)windows.Count * (windows.Window - 1);
        var bytes = CountBytes(windows);
        return new PerplexityResult
        {
            Perplexity = Math.Exp(mean),
            MeanNegativeLogLikelihood = mean,
            StandardError = LossStatistics.StandardError(values),
            BitsPerByte = bytes is > 0 ? mean * tokens / Math.Log(2) / bytes.Value : null,
            Tokens = tokens,
            TextBytes = bytes,
            Windows = windows.Count,
            Window = windows.Window,
            WindowMeans = values,
            Seconds = seconds,
            TokensPerSecond = before < windows.Count ? (double)(windows.Count - before) * windows.Window / seconds : null,
            Protocol = new Protocol
            {
                Name = windows.Protocol,
                Model = identity,
                Text = windows.Text,
                Window = windows.Window,
                Windows = windows.Count,
                KeyValueType = keyValueType,
                Activations = _engine.ActivationsName,
                Machine = MachineIdentity.Current(_engine.Pool.Threads),
                WallSeconds = seconds,
                PeakResidentBytes = ResidentMemory.Peak(),
            },
        };
    }

    // States of exact runs are named as they always were.
    private string Arithmetic(TokenScorer scorer) =>
        scorer.KeyValueType.Name() + (_engine.Activations == ActivationPrecision.Float32 ? "" : " " + _engine.ActivationsName) + (_engine.PredictsNeurons ? " predicted" : "");

    private static void Run(TokenWindows windows, TokenScorer scorer, PerplexityState state, PerplexityOptions options, CancellationToken cancellation)
    {
        var losses = new double[windows.Window - 1];
        var saved = Stopwatch.StartNew();
        try
        {
            while (state.WindowMeans.Count < windows.Count)
            {
                scorer.Score(windows[state.WindowMeans.Count], losses, default, cancellation);
                state.WindowMeans.Add(LossStatistics.Mean(losses));
                options.Progress?.Invoke(new EvaluationProgress("perplexity", state.WindowMeans.Count, windows.Count, Math.Exp(state.WindowMeans.Average())));
                if (options.StateFile is null || saved.Elapsed < SaveEvery) continue;
                state.Save(options.StateFile, windows);
                saved.Restart();
            }
        }
        finally
        {
            if (options.StateFile is not null) state.Save(options.StateFile, windows);
        }
    }

    // Given tokens may be of any tokenizer, and a model without one can still be measured over them.
    private long? CountBytes(TokenWindows windows)
    {
        if (windows.Protocol == "tokens" && !HasTokenizer()) return null;
        var text = new TokenBytes(_model.Tokenizer);
        long bytes = 0;
        for (var i = 0; i < windows.Count; i++) bytes += text.OfPredicted(windows[i], i == 0 && windows.Protocol != "tokens");
        return bytes;
    }

    private bool HasTokenizer()
    {
        try
        {
            return _model.Tokenizer.VocabularySize > 0;
        }
        catch (ModelFormatException)
        {
            return false;
        }
    }
}
