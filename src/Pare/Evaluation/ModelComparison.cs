using System.Diagnostics;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;
using Pare.Tokenization;

namespace Pare.Evaluation;

/// <summary>Compares a model's predictions with those of a reference, window by window, both in memory.</summary>
public sealed class ModelComparison
{
    private readonly Model _model;
    private readonly InferenceEngine _engine;
    private readonly Model _reference;
    private readonly InferenceEngine _referenceEngine;

    /// <summary>Makes a comparison.</summary>
    /// <param name="model">The model to judge.</param>
    /// <param name="engine">An engine over it.</param>
    /// <param name="reference">The model to judge it by.</param>
    /// <param name="referenceEngine">An engine over that.</param>
    /// <exception cref="ArgumentException">The two have different vocabularies, so that their predictions cannot be compared.</exception>
    public ModelComparison(Model model, InferenceEngine engine, Model reference, InferenceEngine referenceEngine)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(referenceEngine);
        if (model.Config.VocabularySize != reference.Config.VocabularySize)
        {
            throw new ArgumentException(
                $"comparing {model.Path} with {reference.Path}: their vocabularies have {model.Config.VocabularySize} and {reference.Config.VocabularySize} entries; only models with the same tokenizer can be compared", nameof(reference));
        }

        (_model, _engine, _reference, _referenceEngine) = (model, engine, reference, referenceEngine);
    }

    /// <summary>Compares the two.</summary>
    /// <param name="windows">What to compare them over.</param>
    /// <param name="progress">Receives how far the comparison is, after every window.</param>
    /// <param name="cancellation">Stops the comparison.</param>
    /// <returns>The result.</returns>
    /// <exception cref="ArgumentException">The tokenizers differ, a window is longer than a model's context, or a token is not in the vocabulary.</exception>
    /// <exception cref="OperationCanceledException">The comparison was cancelled.</exception>
    public ComparisonResult Compare(TokenWindows windows, Action<EvaluationProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(windows);
        var isText = windows.Protocol != "tokens";
        if (isText) CheckTokenizers(_model.Tokenizer, _reference.Tokenizer);
        WindowChecks.Check(windows, _model.Config);
        WindowChecks.Check(windows, _reference.Config);
        var clock = Stopwatch.StartNew();
        var perWindow = windows.Window - 1;
        var divergences = new double[checked(windows.Count * perWindow)];
        var losses = new double[windows.Count];
        var referenceLosses = new double[windows.Count];
        var windowDivergences = new double[windows.Count];
        long agreed = 0;
        string keyValueType;
        using (var scorer = new PairScorer(_engine, _referenceEngine, windows.Window))
        {
            keyValueType = scorer.KeyValueType.Name();
            for (var i = 0; i < windows.Count; i++)
            {
                var of = divergences.AsSpan(i * perWindow, perWindow);
                (losses[i], referenceLosses[i], var same) = scorer.Score(windows[i], of, cancellation);
                windowDivergences[i] = LossStatistics.Mean(of);
                agreed += same;
                progress?.Invoke(new EvaluationProgress("comparison", i + 1, windows.Count, LossStatistics.Mean(windowDivergences.AsSpan(0, i + 1))));
            }
        }

        var seconds = clock.Elapsed.TotalSeconds;
        Array.Sort(divergences);
        var mean = LossStatistics.Mean(losses);
        var referenceMean = LossStatistics.Mean(referenceLosses);
        double[] differences = [.. losses.Zip(referenceLosses, (own, other) => own - other)];
        return new ComparisonResult
        {
            MeanKlDivergence = LossStatistics.Mean(windowDivergences),
            KlDivergenceStandardError = LossStatistics.StandardError(windowDivergences),
            MedianKlDivergence = LossStatistics.Quantile(divergences, 0.5),
            Percentile99KlDivergence = LossStatistics.Quantile(divergences, 0.99),
            MaxKlDivergence = divergences[^1],
            TopOneAgreement = (double)agreed / divergences.Length,
            Perplexity = Math.Exp(mean),
            ReferencePerplexity = Math.Exp(referenceMean),
            PerplexityChange = Math.Exp(mean - referenceMean) - 1,
            LogPerplexityDifferenceStandardError = LossStatistics.StandardError(differences),
            WindowMeans = losses,
            Tokens = divergences.Length,
            Windows = windows.Count,
            Histogram = DivergenceRange.Sort(divergences),
            Seconds = seconds,
            Protocol = new Protocol
            {
                Name = windows.Protocol,
                Model = ModelIdentity.Of(_model, isText),
                Reference = ModelIdentity.Of(_reference, isText),
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

    private void CheckTokenizers(Tokenizer own, Tokenizer other)
    {
        // A GGUF file may pad the vocabulary, so only the ids that both have are compared.
        for (var id = 0; id < Math.Min(own.VocabularySize, other.VocabularySize); id++)
        {
            // Containers spell control tokens differently, or decode them to nothing: either agreement will do.
            if (own.TokenText(id) == other.TokenText(id) || own.Decoder.Bytes(id).SequenceEqual(other.Decoder.Bytes(id))) continue;
            throw new ArgumentException(
                $"comparing {_model.Path} with {_reference.Path}: token {id} is '{own.TokenText(id)}' in one and '{other.TokenText(id)}' in the other; only models with the same tokenizer can be compared");
        }
    }
}
