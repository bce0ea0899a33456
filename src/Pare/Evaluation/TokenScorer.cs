using Pare.Formats;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Evaluation;

/// <summary>Log-probabilities of the tokens of a window, each given those before it in the window.</summary>
/// <remarks>
/// The window runs through the model in stretches of 512 tokens and the logits are computed for at most 128 positions at a time
/// (fewer for large vocabularies: at most 40 MB). Results do not depend on the number of threads. Not for concurrent use.
/// </remarks>
public sealed class TokenScorer : IDisposable
{
    /// <summary>Tokens that go through the model at once.</summary>
    internal const int Stretch = 512;

    private readonly InferenceEngine _engine;
    private readonly KvCache _cache;
    private readonly NativeBuffer<float> _hidden;
    private readonly LogitRows _logits;
    private readonly int[] _bestOfRows;
    private readonly double[] _lossOfRows;
    private readonly int[] _targets;

    /// <summary>Makes a scorer for windows up to a length.</summary>
    /// <param name="engine">The model to ask.</param>
    /// <param name="window">Longest window, in tokens, at least 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">A window of fewer than 2 tokens predicts nothing.</exception>
    public TokenScorer(InferenceEngine engine, int window)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 2);
        _engine = engine;
        Window = window;
        _cache = engine.CreateCache(window);
        _hidden = new NativeBuffer<float>((long)Math.Min(Stretch, window) * engine.Config.HiddenSize, zeroed: false);
        _logits = new LogitRows(engine);
        _bestOfRows = new int[_logits.Capacity];
        _lossOfRows = new double[_logits.Capacity];
        _targets = new int[_logits.Capacity];
    }

    /// <summary>Longest window, in tokens.</summary>
    public int Window { get; }

    /// <summary>How keys and values are kept.</summary>
    internal ElementType KeyValueType => _cache.Type;

    /// <summary>Runs a stretch of a window in the engine's stead: the stretch's first position, its tokens, the cache, and where what the head reads goes; or null.</summary>
    internal StretchForward? Runs { get; init; }

    /// <summary>Sees the logits of predicted positions while they are there: first position, number of positions, logits; or null.</summary>
    internal Action<int, int, LogitRows>? Seen { get; init; }

    /// <summary>Scores a window. The first token is given and never predicted.</summary>
    /// <param name="tokens">[length] token ids, from 2 to <see cref="Window"/> of them.</param>
    /// <param name="negativeLogLikelihoods">[length − 1]: −log p(tokens[i + 1] | tokens[0..i]) in nats.</param>
    /// <param name="argmax">[length]: the most likely next token after each position, or empty where it is not wanted.</param>
    /// <param name="cancellation">Stops between stretches.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public void Score(ReadOnlySpan<int> tokens, Span<double> negativeLogLikelihoods, Span<int> argmax = default, CancellationToken cancellation = default)
    {
        if (tokens.Length < 2 || tokens.Length > Window)
            throw new ArgumentException($"scoring a window of {tokens.Length} tokens: expected from 2 to {Window}", nameof(tokens));
        if (negativeLogLikelihoods.Length != tokens.Length - 1)
            throw new ArgumentException($"{tokens.Length} tokens have {tokens.Length - 1} predictions, not {negativeLogLikelihoods.Length}", nameof(negativeLogLikelihoods));
        if (!argmax.IsEmpty && argmax.Length != tokens.Length)
            throw new ArgumentException($"{tokens.Length} positions do not fit in {argmax.Length} places", nameof(argmax));
        _cache.Truncate(0);
        var width = _engine.Config.HiddenSize;
        for (var start = 0; start < tokens.Length; start += Stretch)
        {
            cancellation.ThrowIfCancellationRequested();
            var count = Math.Min(Stretch, tokens.Length - start);
            var hidden = _hidden.Slice(0, count * width);
            if (Runs is null) _engine.Forward(tokens.Slice(start, count), _cache, hidden);
            else Runs(start, tokens.Slice(start, count), _cache, hidden);
            for (var row = 0; row < count; row += _logits.Capacity)
            {
                var rows = Math.Min(_logits.Capacity, count - row);
                ScoreRows(tokens, start + row, rows, hidden[(row * width)..], negativeLogLikelihoods, argmax);
            }
        }
    }

    /// <summary>Frees the cache and the buffers; the engine stays.</summary>
    public void Dispose()
    {
        _cache.Dispose();
        _hidden.Dispose();
        _logits.Dispose();
    }

    private void ScoreRows(ReadOnlySpan<int> tokens, int position, int rows, ReadOnlySpan<float> hidden, Span<double> losses, Span<int> argmax)
    {
        // After the last token nothing is predicted; its row only serves the argmax.
        var last = position + rows == tokens.Length;
        if (last && argmax.IsEmpty) rows--;
        if (rows == 0) return;
        _logits.Compute(hidden, rows);
        var targets = _targets.AsSpan(0, rows);
        for (var i = 0; i < rows; i++) targets[i] = position + i + 1 < tokens.Length ? tokens[position + i + 1] : 0;
        _logits.Score(targets, _lossOfRows.AsSpan(0, rows), _bestOfRows.AsSpan(0, rows));
        var predicted = Math.Min(rows, losses.Length - position);
        _lossOfRows.AsSpan(0, predicted).CopyTo(losses[position..]);
        if (predicted > 0) Seen?.Invoke(position, predicted, _logits);
        if (!argmax.IsEmpty) _bestOfRows.AsSpan(0, rows).CopyTo(argmax[position..]);
    }
}
