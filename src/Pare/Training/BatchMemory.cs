using Pare.Models;
using Pare.Numerics;

namespace Pare.Training;

/// <summary>The sequences of a batch, and memory that every block uses in turn.</summary>
internal sealed unsafe class BatchMemory : IDisposable
{
    private readonly NativeBuffer<float> _memory;
    private readonly int _capacity;
    private readonly int _hidden;

    /// <summary>Makes room for a number of tokens.</summary>
    public BatchMemory(ModelConfig config, int capacity)
    {
        _capacity = capacity;
        _hidden = config.HiddenSize;
        var widths = Widths(config);
        var starts = new long[widths.Length];
        long used = 0;
        for (var i = 0; i < widths.Length; i++)
        {
            starts[i] = used;
            used += Aligned(capacity, widths[i]);
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

    /// <summary>Bytes for a number of tokens.</summary>
    public static long BytesFor(ModelConfig config, int tokens) => Widths(config).Sum(width => Aligned(tokens, width)) * sizeof(float);

    /// <summary>Takes a batch of another shape; false where there is no room for it.</summary>
    public bool TryShape(int length, int sequences)
    {
        if ((long)length * sequences > _capacity) return false;
        (Length, Sequences) = (length, sequences);
        StreamLength = checked(Tokens * _hidden);
        return true;
    }

    /// <summary>Tokens of a sequence.</summary>
    public int Length { get; private set; }

    /// <summary>Sequences.</summary>
    public int Sequences { get; private set; }

    /// <summary>Tokens of all sequences.</summary>
    public int Tokens => Length * Sequences;

    /// <summary>Elements of the residual stream.</summary>
    public int StreamLength { get; private set; }

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

    private static int[] Widths(ModelConfig config)
    {
        var query = config.Layers.Max(layer => layer.QuerySize);
        var keys = config.Layers.Max(layer => layer.KeyValueSize);
        var neurons = config.Layers.Max(layer => layer.FfnSize);
        return [config.HiddenSize, config.HiddenSize, query, query, keys, keys, neurons, config.GatedFfn ? neurons : 0];
    }

    private static long Aligned(int tokens, int width) => ((long)tokens * width + 15) / 16 * 16;
}
