using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Evaluation;

/// <summary>The one place where evaluation asks the engine for logits: a few positions at a time, so that memory stays small whatever the vocabulary.</summary>
internal sealed unsafe class LogitRows : IDisposable
{
    private const long LargestBytes = 40L << 20;
    private const int LargestRows = 128;
    private readonly InferenceEngine _engine;
    private readonly NativeBuffer<float> _logits;

    /// <param name="engine">The engine.</param>
    /// <param name="shares">How many of these are alive together: each takes its share of the memory.</param>
    public LogitRows(InferenceEngine engine, int shares = 1)
    {
        _engine = engine;
        Vocabulary = engine.Config.VocabularySize;
        Capacity = (int)Math.Clamp(LargestBytes / shares / (Vocabulary * 4L), 1, LargestRows);
        _logits = new NativeBuffer<float>((long)Capacity * Vocabulary, zeroed: false);
    }

    /// <summary>Most positions at once.</summary>
    public int Capacity { get; }

    /// <summary>Entries of a row.</summary>
    public int Vocabulary { get; }

    /// <summary>Computes the logits of some positions.</summary>
    /// <param name="hidden">[count, hidden] states as <see cref="InferenceEngine.Forward"/> gives them.</param>
    /// <param name="count">Positions, at most <see cref="Capacity"/>.</param>
    public void Compute(ReadOnlySpan<float> hidden, int count) =>
        _engine.Logits(hidden[..(count * _engine.Config.HiddenSize)], count, _logits.Slice(0, checked(count * Vocabulary)));

    /// <summary>The logits of one of the positions computed last.</summary>
    public ReadOnlySpan<float> Row(int row) => new(Pointer(row), Vocabulary);

    /// <summary>First logit of one of the positions computed last.</summary>
    public float* Pointer(int row) => _logits.Pointer + (long)row * Vocabulary;

    /// <summary>log Σ exp, the target's negative log-likelihood and the argmax of each position, rows in parallel.</summary>
    /// <param name="targets">The token whose likelihood is asked for, per position.</param>
    /// <param name="negativeLogLikelihoods">Receives −log p(target) per position.</param>
    /// <param name="argmax">Receives the most likely token per position.</param>
    public void Score(ReadOnlySpan<int> targets, Span<double> negativeLogLikelihoods, Span<int> argmax)
    {
        fixed (int* target = targets)
        fixed (double* loss = negativeLogLikelihoods)
        fixed (int* best = argmax)
        {
            _engine.Pool.For(targets.Length, new ScoreBody(_logits.Pointer, Vocabulary, target, loss, best));
        }
    }

    public void Dispose() => _logits.Dispose();

    private readonly struct ScoreBody(float* logits, int vocabulary, int* targets, double* losses, int* argmax) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var row = new ReadOnlySpan<float>(logits + (long)part * vocabulary, vocabulary);
            losses[part] = VectorMath.NegativeLogLikelihood(row, targets[part]);
            argmax[part] = VectorMath.IndexOfMax(row);
        }
    }
}
