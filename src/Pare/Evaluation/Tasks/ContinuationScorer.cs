using Pare.Formats;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Evaluation.Tasks;

/// <summary>Log-likelihoods of continuations. What a request shares with the one before it (the context of the other choices, the examples) is not run again.</summary>
internal sealed class ContinuationScorer : IDisposable
{
    private readonly InferenceEngine _engine;
    private readonly LogitRows _logits;
    private readonly NativeBuffer<float> _stretch;
    private readonly List<int> _cached = [];
    private readonly float[] _saved;
    private readonly int[] _best;
    private readonly double[] _losses;
    private int _savedPosition = -1;
    private float[] _rows = [];
    private KvCache? _cache;

    public ContinuationScorer(InferenceEngine engine)
    {
        _engine = engine;
        _logits = new LogitRows(engine);
        _stretch = new NativeBuffer<float>((long)TokenScorer.Stretch * engine.Config.HiddenSize, zeroed: false);
        _saved = new float[engine.Config.HiddenSize];
        _best = new int[_logits.Capacity];
        _losses = new double[_logits.Capacity];
    }

    /// <summary>Tokens that went through the model so far.</summary>
    public long Tokens { get; private set; }

    /// <summary>How keys and values are kept; null before the first request.</summary>
    public ElementType? KeyValueType => _cache?.Type;

    /// <summary>Σ log p of the continuation's tokens, each given the context and those before it, and whether each is the most likely one.</summary>
    /// <remarks>Where both together are longer than the model's context, the beginning is cut off (as lm-evaluation-harness does).</remarks>
    /// <exception cref="ArgumentException">The continuation alone is longer than the model's context, or the context is empty.</exception>
    public (double LogLikelihood, bool IsGreedy) Score(ReadOnlySpan<int> context, ReadOnlySpan<int> continuation)
    {
        var longest = _engine.Config.MaxPositionEmbeddings;
        if (context.IsEmpty) throw new ArgumentException("scoring a continuation: the context has no token to predict it from", nameof(context));
        if (continuation.Length > longest)
            throw new ArgumentException($"scoring a continuation of {continuation.Length} tokens: the model was made for at most {longest}", nameof(continuation));
        if (continuation.IsEmpty) return (0, true);
        int[] input = [.. context, .. continuation[..^1]];
        if (input.Length > longest) input = input[^longest..];
        var first = input.Length - continuation.Length;
        Run(input, first);
        return Sum(continuation);
    }

    public void Dispose()
    {
        _cache?.Dispose();
        _logits.Dispose();
        _stretch.Dispose();
    }

    /// <summary>Fills <see cref="_rows"/> with the states of the positions from <paramref name="first"/> on.</summary>
    private void Run(int[] input, int first)
    {
        var width = _engine.Config.HiddenSize;
        var needed = (input.Length - first) * width;
        if (_rows.Length < needed) _rows = new float[needed];
        Reserve(input.Length);
        var common = 0;
        while (common < _cached.Count && common < input.Length && _cached[common] == input[common]) common++;
        var start = Math.Min(common, first);
        if (_savedPosition == first && common > first)
        {
            _saved.CopyTo(_rows, 0);
            start = first + 1;
        }

        _cache!.Truncate(start);
        _cached.RemoveRange(start, _cached.Count - start);
        if (_savedPosition >= start) _savedPosition = -1;
        for (var done = start; done < input.Length;)
        {
            var count = Math.Min(TokenScorer.Stretch, input.Length - done);
            var hidden = _stretch.Slice(0, count * width);
            _engine.Forward(input.AsSpan(done, count), _cache, hidden);
            Tokens += count;
            _cached.AddRange(input.AsSpan(done, count));
            var wanted = Math.Max(first, done);
            if (wanted < done + count) hidden[((wanted - done) * width)..].CopyTo(_rows.AsSpan((wanted - first) * width));
            done += count;
        }

        _rows.AsSpan(0, width).CopyTo(_saved);
        _savedPosition = first;
    }

    private (double LogLikelihood, bool IsGreedy) Sum(ReadOnlySpan<int> continuation)
    {
        var width = _engine.Config.HiddenSize;
        double sum = 0;
        var greedy = true;
        for (var row = 0; row < continuation.Length; row += _logits.Capacity)
        {
            var count = Math.Min(_logits.Capacity, continuation.Length - row);
            _logits.Compute(_rows.AsSpan(row * width, count * width), count);
            var targets = continuation.Slice(row, count);
            _logits.Score(targets, _losses.AsSpan(0, count), _best.AsSpan(0, count));
            for (var i = 0; i < count; i++) sum -= _losses[i];
            greedy &= targets.SequenceEqual(_best.AsSpan(0, count));
        }

        return (sum, greedy);
    }

    // In steps, so that the cache is rarely made anew and never much larger than the longest request.
    private void Reserve(int length)
    {
        if (_cache is not null && _cache.Capacity >= length) return;
        const int Step = 512;
        var capacity = Math.Min((length + Step - 1) / Step * Step, _engine.Config.MaxPositionEmbeddings);
        _cache?.Dispose();
        _cache = null;
        _cache = _engine.CreateCache(Math.Max(capacity, length));
        _cached.Clear();
        _savedPosition = -1;
    }
}
