using Pare.Formats;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Evaluation;

/// <summary>Runs two models over the same windows and compares their predictions position by position.</summary>
internal sealed unsafe class PairScorer : IDisposable
{
    private readonly Side _model;
    private readonly Side _reference;
    private readonly double[] _losses;
    private readonly double[] _referenceLosses;
    private readonly int[] _agreements;

    public PairScorer(InferenceEngine model, InferenceEngine reference, int window)
    {
        _model = new Side(model, window);
        _reference = new Side(reference, window);
        _losses = new double[window - 1];
        _referenceLosses = new double[window - 1];
        _agreements = new int[window - 1];
    }

    /// <summary>How keys and values of the model are kept.</summary>
    public ElementType KeyValueType => _model.Cache.Type;

    /// <summary>Mean losses of both over a window, and at how many positions their most likely tokens agree.</summary>
    /// <param name="tokens">The window.</param>
    /// <param name="divergences">[length − 1]: receives KL(reference ‖ model) per predicted token.</param>
    /// <param name="cancellation">Stops between stretches.</param>
    public (double Loss, double ReferenceLoss, int Agreements) Score(ReadOnlySpan<int> tokens, Span<double> divergences, CancellationToken cancellation)
    {
        _model.Cache.Truncate(0);
        _reference.Cache.Truncate(0);
        var predicted = tokens.Length - 1;
        for (var start = 0; start < predicted; start += TokenScorer.Stretch)
        {
            cancellation.ThrowIfCancellationRequested();
            // The last token predicts nothing, so it need not go through.
            var count = Math.Min(TokenScorer.Stretch, predicted - start);
            _model.Forward(tokens.Slice(start, count));
            _reference.Forward(tokens.Slice(start, count));
            for (var row = 0; row < count; row += _model.Logits.Capacity)
            {
                var rows = Math.Min(_model.Logits.Capacity, count - row);
                _model.Compute(row, rows);
                _reference.Compute(row, rows);
                Compare(tokens.Slice(start + row + 1, rows), divergences.Slice(start + row, rows), start + row);
            }
        }

        return (LossStatistics.Mean(_losses.AsSpan(0, predicted)), LossStatistics.Mean(_referenceLosses.AsSpan(0, predicted)), _agreements.AsSpan(0, predicted).Count(1));
    }

    public void Dispose()
    {
        _model.Dispose();
        _reference.Dispose();
    }

    private void Compare(ReadOnlySpan<int> targets, Span<double> divergences, int position)
    {
        fixed (int* target = targets)
        fixed (double* divergence = divergences)
        fixed (double* loss = &_losses[position])
        fixed (double* referenceLoss = &_referenceLosses[position])
        fixed (int* agreement = &_agreements[position])
        {
            _model.Engine.Pool.For(targets.Length, new Body(
                _model.Logits.Pointer(0), _reference.Logits.Pointer(0), _model.Logits.Vocabulary, target, divergence, loss, referenceLoss, agreement));
        }
    }

    private readonly struct Body(
        float* model, float* reference, int vocabulary, int* targets, double* divergences, double* losses, double* referenceLosses, int* agreements) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var own = new ReadOnlySpan<float>(model + (long)part * vocabulary, vocabulary);
            var other = new ReadOnlySpan<float>(reference + (long)part * vocabulary, vocabulary);
            var ownSum = VectorMath.LogSumExp(own);
            var otherSum = VectorMath.LogSumExp(other);
            divergences[part] = Divergence.KullbackLeibler(other, otherSum, own, ownSum);
            losses[part] = ownSum - own[targets[part]];
            referenceLosses[part] = otherSum - other[targets[part]];
            agreements[part] = VectorMath.IndexOfMax(own) == VectorMath.IndexOfMax(other) ? 1 : 0;
        }
    }

    /// <summary>One of the two models with its cache and buffers.</summary>
    private sealed class Side(InferenceEngine engine, int window) : IDisposable
    {
        private readonly NativeBuffer<float> _hidden = new((long)Math.Min(TokenScorer.Stretch, window) * engine.Config.HiddenSize, zeroed: false);

        public InferenceEngine Engine => engine;

        public KvCache Cache { get; } = engine.CreateCache(window);

        public LogitRows Logits { get; } = new(engine, shares: 2);

        public void Forward(ReadOnlySpan<int> tokens) => engine.Forward(tokens, Cache, _hidden.Slice(0, tokens.Length * engine.Config.HiddenSize));

        public void Compute(int row, int rows)
        {
            var width = engine.Config.HiddenSize;
            Logits.Compute(_hidden.Slice((long)row * width, rows * width), rows);
        }

        public void Dispose()
        {
            Cache.Dispose();
            Logits.Dispose();
            _hidden.Dispose();
        }
    }
}
