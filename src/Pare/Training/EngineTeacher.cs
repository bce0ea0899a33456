using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Training;

/// <summary>A finished model as a teacher: it runs in the fast runtime, in whatever format its weights are.</summary>
/// <param name="engine">The teacher; stays the caller's.</param>
public sealed unsafe class EngineTeacher(InferenceEngine engine) : ITeacher, IDisposable
{
    private NativeBuffer<float>? _hidden;
    private KvCache? _cache;

    /// <inheritdoc/>
    public int VocabularySize => engine.Config.VocabularySize;

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<int> tokens, int length)
    {
        var width = engine.Config.HiddenSize;
        if (_hidden is null || _hidden.Length < (long)tokens.Length * width)
        {
            _hidden?.Dispose();
            _hidden = new NativeBuffer<float>((long)tokens.Length * width, zeroed: false);
        }

        if (_cache is null || _cache.Capacity != length)
        {
            _cache?.Dispose();
            _cache = engine.CreateCache(length);
        }

        for (var start = 0; start < tokens.Length; start += length)
        {
            _cache.Truncate(0);
            engine.Forward(tokens.Slice(start, length), _cache, _hidden.Slice((long)start * width, length * width));
        }
    }

    /// <inheritdoc/>
    public void Logits(int first, int count, float* logits)
    {
        var width = engine.Config.HiddenSize;
        var hidden = _hidden ?? throw new InvalidOperationException("the teacher has run no batch yet");
        engine.Logits(hidden.Slice((long)first * width, count * width), count, new Span<float>(logits, checked(count * engine.Config.VocabularySize)));
    }

    /// <summary>Frees the buffers; the engine stays.</summary>
    public void Dispose()
    {
        _hidden?.Dispose();
        _cache?.Dispose();
    }
}
