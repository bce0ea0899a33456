using Pare.Models;
using Pare.Numerics;
using Pare.Training;

namespace Pare.Tests.Training.Definition;

/// <summary>A teacher whose logits are random and do not depend on the tokens.</summary>
internal sealed unsafe class FixedTeacher : ITeacher
{
    private readonly float[] _logits;
    private readonly int _vocabulary;

    public FixedTeacher(ModelConfig config, int tokens)
    {
        var random = new SeededRandom(11);
        _vocabulary = config.VocabularySize;
        _logits = [.. Enumerable.Range(0, tokens * _vocabulary).Select(_ => (float)(2 * random.NextGaussian()))];
    }

    /// <summary>[tokens, vocabulary].</summary>
    public double[] Values => Array.ConvertAll(_logits, value => (double)value);

    public int VocabularySize => _vocabulary;

    public void Run(ReadOnlySpan<int> tokens, int length) => Assert.Equal(_logits.Length, tokens.Length * _vocabulary);

    public void Logits(int first, int count, float* logits) =>
        _logits.AsSpan(first * _vocabulary, count * _vocabulary).CopyTo(new Span<float>(logits, count * _vocabulary));
}
