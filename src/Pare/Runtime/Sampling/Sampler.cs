using System.Numerics.Tensors;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Chooses next tokens from logits. Allocates nothing after its construction; not for concurrent use.</summary>
/// <remarks>The same seed, logits and history give the same token, whatever the instruction set and the number of threads.</remarks>
public sealed class Sampler
{
    private readonly SamplerOptions _options;
    private readonly SeededRandom _random;
    private readonly float[] _scores;
    private readonly ulong[] _candidates;
    private readonly float[] _probabilities;
    private readonly int[] _seen;
    private int _round;
    private double _total;

    /// <summary>Makes a sampler for one sequence.</summary>
    /// <param name="options">Filters and seed.</param>
    /// <param name="vocabularySize">Number of logits.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public Sampler(SamplerOptions options, int vocabularySize)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 1);
        options.Check();
        _options = options;
        _random = new SeededRandom(options.Seed);
        var draws = options.Temperature > 0;
        _scores = draws || options.RepetitionPenalty != 1 ? new float[vocabularySize] : [];
        _seen = options.RepetitionPenalty != 1 ? new int[vocabularySize] : [];
        _candidates = draws ? new ulong[vocabularySize] : [];
        _probabilities = draws ? new float[vocabularySize] : [];
        VocabularySize = vocabularySize;
    }

    /// <summary>Number of logits.</summary>
    public int VocabularySize { get; }

    /// <summary>Chooses a token.</summary>
    /// <param name="logits">[vocabulary]: log-probabilities up to a constant; −∞ excludes a token.</param>
    /// <param name="history">Tokens so far, the last one last; read by the repetition penalty alone.</param>
    /// <returns>The id of the token.</returns>
    /// <exception cref="ArgumentException">The number of logits is not that of the vocabulary.</exception>
    /// <exception cref="NotFiniteNumberException">A logit is NaN or +∞, or all are −∞.</exception>
    public int Next(ReadOnlySpan<float> logits, ReadOnlySpan<int> history)
    {
        if (logits.Length != VocabularySize) throw new ArgumentException($"expected {VocabularySize} logits, found {logits.Length}", nameof(logits));
        if (_options.RepetitionPenalty != 1)
        {
            logits.CopyTo(_scores);
            Penalize(history);
            logits = _scores;
        }

        var best = TensorPrimitives.IndexOfMax(logits);   // of equals the first; a NaN wins over every number
        if (!float.IsFinite(logits[best]))
            throw new NotFiniteNumberException($"choosing the next token: logit {best} is {logits[best]}, so the model's weights or activations are damaged", logits[best]);
        if (_options.Temperature == 0) return best;

        // exp(score) is the probability relative to the most likely token, whose score is 0.
        TensorPrimitives.Subtract(logits, logits[best], _scores);
        TensorPrimitives.Divide(_scores, _options.Temperature, _scores);
        return _options is { TopK: 0, TopP: 1, MinP: 0 } ? DrawFromAll(best) : DrawFromKept(best);
    }

    private void Penalize(ReadOnlySpan<int> history)
    {
        if (_options.RepetitionWindow > 0 && history.Length > _options.RepetitionWindow) history = history[^_options.RepetitionWindow..];
        _round++;
        foreach (var token in history)
        {
            if ((uint)token >= (uint)_seen.Length || _seen[token] == _round) continue;
            _seen[token] = _round;
            ref var score = ref _scores[token];
            score = score > 0 ? score / _options.RepetitionPenalty : score * _options.RepetitionPenalty;
        }
    }

    private int DrawFromAll(int best)
    {
        VectorMath.Exp(_scores, _probabilities);
        var left = _random.NextDouble() * Sum(_probabilities);
        for (var id = 0; id < _probabilities.Length; id++)
        {
            left -= _probabilities[id];
            if (left < 0) return id;
        }

        return best;   // rounding alone leads here
    }

    private int DrawFromKept(int best)
    {
        var count = Gather(Threshold());
        var kept = _candidates.AsSpan(0, count);
        kept.Sort();
        if (_options.TopK > 0 && count > _options.TopK) kept = kept[.._options.TopK];

        var probabilities = _probabilities.AsSpan(0, kept.Length);
        for (var i = 0; i < kept.Length; i++) probabilities[i] = _scores[Id(kept[i])];
        VectorMath.Exp(probabilities, probabilities);
        if (_options.TopP < 1) probabilities = probabilities[..NucleusLength(probabilities, _options.TopK > 0 ? Sum(probabilities) : _total)];
        if (_options.MinP > 0)
        {
            var length = probabilities.Length;
            while (length > 1 && probabilities[length - 1] < _options.MinP) length--;
            probabilities = probabilities[..length];
        }

        var left = _random.NextDouble() * Sum(probabilities);
        for (var i = 0; i < probabilities.Length; i++)
        {
            left -= probabilities[i];
            if (left < 0) return Id(kept[i]);
        }

        return best;
    }

    /// <summary>A score below which no token can be kept, so that only few are sorted; −∞ where there is no such bound.</summary>
    private float Threshold()
    {
        var bound = float.NegativeInfinity;
        // A little below the exact bound: the filters themselves decide about the tokens near it.
        if (_options.MinP > 0 && (_options.TopK == 0 || _options.TopP == 1)) bound = MathF.Log(_options.MinP) - 1e-3f;
        if (_options.TopP < 1 && _options.TopK == 0)
        {
            VectorMath.Exp(_scores, _probabilities);
            _total = Sum(_probabilities);
            // Tokens below (1 − p) · total / vocabulary sum to less than 1 − p of the total: those above hold the whole nucleus.
            var share = (1 - (double)_options.TopP) * _total / _scores.Length;
            bound = Math.Max(bound, (float)Math.Log(share) - 1e-3f);
        }

        return Math.Min(bound, 0);
    }

    private int Gather(float threshold)
    {
        var count = 0;
        var room = _options.TopK is > 0 and < int.MaxValue / 2 ? 2 * _options.TopK : int.MaxValue;
        for (var id = 0; id < _scores.Length; id++)
        {
            if (!(_scores[id] >= threshold)) continue;
            _candidates[count++] = Key(_scores[id], id);
            if (count < room) continue;
            // Twice as many as top-k keeps: the worse half cannot be among them, nor can anything below the better half.
            _candidates.AsSpan(0, count).Sort();
            count = _options.TopK;
            threshold = Math.Max(threshold, _scores[Id(_candidates[count - 1])]);
        }

        return count;
    }

    private int NucleusLength(ReadOnlySpan<float> probabilities, double total)
    {
        double sum = 0;
        for (var i = 0; i < probabilities.Length; i++)
        {
            sum += probabilities[i];
            if (sum >= _options.TopP * total) return i + 1;
        }

        return probabilities.Length;
    }

    private static double Sum(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (var value in values) sum += value;
        return sum;
    }

    /// <summary>Sorts by falling score, then by rising id: the bits of 0 − score, which is never negative and never −0, rise as the score falls.</summary>
    private static ulong Key(float score, int id) => ((ulong)BitConverter.SingleToUInt32Bits(0f - score) << 32) | (uint)id;

    private static int Id(ulong key) => (int)(uint)key;
}
