using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Evaluation;

/// <summary>What a model predicts over windows, computed once to compare many others with. Not for concurrent use.</summary>
/// <remarks>
/// Memory: what the head reads is kept of every position (windows · (length − 1) · hidden size · 4 bytes); logits are kept of as many of the first windows as fit in <see cref="LargestKeptBytes"/>,
/// those of the others are computed by the head each time. The numbers are the same either way.
/// </remarks>
internal sealed unsafe class ReferencePredictions : IDisposable
{
    /// <summary>Most bytes of logits that are kept.</summary>
    public const long LargestKeptBytes = 1L << 30;

    private readonly InferenceEngine _engine;
    private readonly TokenWindows _windows;
    private readonly NativeBuffer<float> _hidden;
    private readonly NativeBuffer<float> _kept;
    private readonly LogitRows _rows;
    private readonly int _keptWindows;

    /// <summary>Runs the model over all windows.</summary>
    /// <param name="engine">The model; stays the caller's and outlives this.</param>
    /// <param name="windows">The windows.</param>
    /// <param name="keptBytes">Most bytes of logits to keep.</param>
    /// <param name="cancellation">Stops between windows.</param>
    public ReferencePredictions(InferenceEngine engine, TokenWindows windows, long keptBytes = LargestKeptBytes, CancellationToken cancellation = default)
    {
        (_engine, _windows) = (engine, windows);
        var (width, positions) = (engine.Config.HiddenSize, windows.Window - 1);
        _hidden = new NativeBuffer<float>((long)windows.Count * positions * width, zeroed: false);
        _keptWindows = (int)Math.Min(windows.Count, keptBytes / sizeof(float) / ((long)positions * engine.Config.VocabularySize));
        _kept = new NativeBuffer<float>((long)_keptWindows * positions * engine.Config.VocabularySize, zeroed: false);
        _rows = new LogitRows(engine, shares: 2);
        using var cache = engine.CreateCache(windows.Window);
        for (var i = 0; i < windows.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            cache.Truncate(0);
            for (var start = 0; start < positions; start += TokenScorer.Stretch)
            {
                var count = Math.Min(TokenScorer.Stretch, positions - start);
                engine.Forward(windows[i].Slice(start, count), cache, Hidden(i, start, count));
            }

            if (i >= _keptWindows) continue;
            for (var start = 0; start < positions; start += _rows.Capacity)
            {
                var count = Math.Min(_rows.Capacity, positions - start);
                _rows.Compute(Hidden(i, start, count), count);
                new ReadOnlySpan<float>(_rows.Pointer(0), count * _rows.Vocabulary).CopyTo(new Span<float>(Kept(i, start), count * _rows.Vocabulary));
            }
        }
    }

    /// <summary>Windows whose logits are kept.</summary>
    public int KeptWindows => _keptWindows;

    /// <summary>KL(reference ‖ model) in nats at some positions of a window.</summary>
    /// <param name="window">Index of the window.</param>
    /// <param name="position">First position.</param>
    /// <param name="model">The model's logits of those positions, as computed last.</param>
    /// <param name="divergences">[positions]: receives them.</param>
    public void Compare(int window, int position, LogitRows model, Span<double> divergences)
    {
        for (var done = 0; done < divergences.Length;)
        {
            var count = divergences.Length - done;
            float* reference;
            if (window < _keptWindows)
            {
                reference = Kept(window, position + done);
            }
            else
            {
                count = Math.Min(count, _rows.Capacity);
                _rows.Compute(Hidden(window, position + done, count), count);
                reference = _rows.Pointer(0);
            }

            fixed (double* target = divergences[done..]) _engine.Pool.For(count, new Body(reference, model.Pointer(done), model.Vocabulary, target));
            done += count;
        }
    }

    public void Dispose()
    {
        _hidden.Dispose();
        _kept.Dispose();
        _rows.Dispose();
    }

    private Span<float> Hidden(int window, int position, int count)
    {
        var width = _engine.Config.HiddenSize;
        return _hidden.Slice(((long)window * (_windows.Window - 1) + position) * width, count * width);
    }

    private float* Kept(int window, int position) => _kept.Pointer + ((long)window * (_windows.Window - 1) + position) * _rows.Vocabulary;

    private readonly struct Body(float* reference, float* model, int vocabulary, double* divergences) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var other = new ReadOnlySpan<float>(reference + (long)part * vocabulary, vocabulary);
            var own = new ReadOnlySpan<float>(model + (long)part * vocabulary, vocabulary);
            divergences[part] = Divergence.KullbackLeibler(other, VectorMath.LogSumExp(other), own, VectorMath.LogSumExp(own));
        }
    }
}
