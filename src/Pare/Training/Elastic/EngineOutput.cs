using Pare.Numerics;

namespace Pare.Training;

/// <summary>The super-network as the teacher of its own sub-networks: what its head read for a batch, from which logits are computed when they are asked for.</summary>
internal sealed unsafe class EngineOutput(GradientEngine engine) : ITeacher, IDisposable
{
    private NativeBuffer<float>? _hidden;
    private int _tokens;

    public int VocabularySize => engine.Model.Config.VocabularySize;

    /// <summary>[tokens, hidden] of the last batch.</summary>
    public ReadOnlySpan<float> Hidden => new(_hidden!.Pointer, _tokens * engine.Model.Config.HiddenSize);

    /// <summary>Keeps [n, hidden].</summary>
    public void Keep(float* hidden, int n)
    {
        var length = (long)n * engine.Model.Config.HiddenSize;
        if (_hidden is null || _hidden.Length < length)
        {
            _hidden?.Dispose();
            _hidden = null;
            _hidden = new NativeBuffer<float>(length, zeroed: false);
        }

        _tokens = n;
        Buffer.MemoryCopy(hidden, _hidden.Pointer, length * sizeof(float), length * sizeof(float));
    }

    /// <summary>The batch has been run by the engine already.</summary>
    public void Run(ReadOnlySpan<int> tokens, int length)
    {
        if (tokens.Length != _tokens) throw new InvalidOperationException("the super-network has not run this batch");
    }

    public void Logits(int first, int count, float* logits) => engine.LogitsOf(_hidden!.Pointer + (long)first * engine.Model.Config.HiddenSize, count, logits);

    public void Dispose() => _hidden?.Dispose();
}
