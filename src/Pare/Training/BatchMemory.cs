using Pare.Models;
using Pare.Numerics;

namespace Pare.Training;

/// <summary>The sequences of a batch, and memory that every block uses in turn.</summary>
internal sealed unsafe class BatchMemory : IDisposable
{
    private readonly NativeBuffer<float> _memory;

    /// <summary>Makes room for batches of a size.</summary>
    public BatchMemory(ModelConfig config, int length, int sequences)
    {
        (Length, Sequences) = (length, sequences);
        StreamLength = checked(Tokens * config.HiddenSize);
        var layers = config.Layers;
        var query = layers.Max(layer => layer.QuerySize);
        var keys = layers.Max(layer => layer.KeyValueSize);
        var neurons = layers.Max(layer => layer.FfnSize);
        int[] widths = [config.HiddenSize, config.HiddenSize, query, query, keys, keys, neurons, config.GatedFfn ? neurons : 0];
        var starts = new long[widths.Length];
        long used = 0;
        for (var i = 0; i < widths.Length; i++)
        {
            starts[i] = used;
            used += ((long)Tokens * widths[i] + 15) / 16 * 16;
        }

        _memory = new NativeBuffer<float>(used, zeroed: false);
        Added = _memory.Pointer + starts[0];
        Aside = _memory.Pointer + starts[1];
        MixedGradient = _memory.Pointer + starts[2];
        QueryGradient = _memory.Pointer + starts[3];
        KeyGradient = _memory.Pointer + starts[4];
        ValueGradient = _memory.Pointer + starts[5];
        UpGradient = _memory.Pointer + starts[6];
        GateGradient = _memory.Pointer + starts[7];
    }

    /// <summary>Tokens of a sequence.</summary>
    public int Length { get; }

    /// <summary>Sequences.</summary>
    public int Sequences { get; }

    /// <summary>Tokens of all sequences.</summary>
    public int Tokens => Length * Sequences;

    /// <summary>Elements of the residual stream.</summary>
    public int StreamLength { get; }

    /// <summary>Bytes held.</summary>
    public long Bytes => _memory.Length * sizeof(float);

    /// <summary>[tokens, hidden]: what a sub-layer adds, and its gradient.</summary>
    public float* Added { get; }

    /// <summary>[tokens, hidden]: a gradient that has to wait.</summary>
    public float* Aside { get; }

    /// <summary>[tokens, heads · head size].</summary>
    public float* MixedGradient { get; }

    /// <summary>[tokens, heads · head size].</summary>
    public float* QueryGradient { get; }

    /// <summary>[tokens, key-value heads · head size].</summary>
    public float* KeyGradient { get; }

    /// <summary>[tokens, key-value heads · head size].</summary>
    public float* ValueGradient { get; }

    /// <summary>[tokens, neurons].</summary>
    public float* UpGradient { get; }

    /// <summary>[tokens, neurons].</summary>
    public float* GateGradient { get; }

    public void Dispose() => _memory.Dispose();
}
