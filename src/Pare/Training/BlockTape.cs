using Pare.Models;
using Pare.Numerics;

namespace Pare.Training;

/// <summary>What the forward pass of a block leaves for its backward pass, [tokens, …] each.</summary>
internal sealed unsafe class BlockTape : IDisposable
{
    private NativeBuffer<float>? _memory;

    /// <summary>Norm of the block's input, read by q, k and v; null where they read the input itself.</summary>
    public float* AttentionInput { get; private set; }

    /// <summary>Queries and keys before their norms; null without norms.</summary>
    public float* RawQueries { get; private set; }

    /// <summary>Keys before their norm.</summary>
    public float* RawKeys { get; private set; }

    /// <summary>Queries, normed and rotated.</summary>
    public float* Queries { get; private set; }

    /// <summary>Keys, normed and rotated.</summary>
    public float* Keys { get; private set; }

    /// <summary>Values.</summary>
    public float* Values { get; private set; }

    /// <summary>What the heads give.</summary>
    public float* Mixed { get; private set; }

    /// <summary>ln Σ e^score per head.</summary>
    public float* LogSums { get; private set; }

    /// <summary>What attention adds, before its norm; null without such a norm.</summary>
    public float* AttentionAdded { get; private set; }

    /// <summary>Stream after attention, before the norm on it; null without such a norm.</summary>
    public float* RawMiddle { get; private set; }

    /// <summary>Stream between attention and network.</summary>
    public float* Middle { get; private set; }

    /// <summary>Norm that gate and up read; null where they read the stream.</summary>
    public float* FfnInput { get; private set; }

    /// <summary>Gate, before its activation.</summary>
    public float* Gate { get; private set; }

    /// <summary>Up.</summary>
    public float* Up { get; private set; }

    /// <summary>What down reads.</summary>
    public float* Activated { get; private set; }

    /// <summary>What the network adds, before its norm; null without such a norm.</summary>
    public float* FfnAdded { get; private set; }

    /// <summary>Stream after the network, before the norm on it; null without such a norm.</summary>
    public float* RawOutput { get; private set; }

    /// <summary>Floats of the tape of a block over some tokens.</summary>
    public static long Length(ModelGraph graph, int layer, int tokens)
    {
        using var tape = new BlockTape();
        return tape.Lay(graph, layer, tokens, null);
    }

    /// <summary>Makes room for a block.</summary>
    public void Prepare(ModelGraph graph, int layer, int tokens)
    {
        var length = Lay(graph, layer, tokens, null);
        if (_memory is null || _memory.Length < length)
        {
            _memory?.Dispose();
            _memory = null;
            _memory = new NativeBuffer<float>(length, zeroed: false);
        }

        Lay(graph, layer, tokens, _memory.Pointer);
    }

    public void Dispose() => _memory?.Dispose();

    private long Lay(ModelGraph graph, int index, int tokens, float* memory)
    {
        long used = 0;
        var layer = graph.Config.Layers[index];
        var hidden = graph.Config.HiddenSize;
        if (layer.HasAttention)
        {
            AttentionInput = Take(Has(ParameterRole.AttentionInputNorm), hidden);
            RawQueries = Take(Has(ParameterRole.QueryNorm), layer.QuerySize);
            RawKeys = Take(Has(ParameterRole.KeyNorm), layer.KeyValueSize);
            Queries = Take(true, layer.QuerySize);
            Keys = Take(true, layer.KeyValueSize);
            Values = Take(true, layer.KeyValueSize);
            Mixed = Take(true, layer.QuerySize);
            LogSums = Take(true, layer.Heads);
            AttentionAdded = Take(Has(ParameterRole.AttentionOutputNorm), hidden);
            RawMiddle = Take(Has(ParameterRole.AttentionResidualNorm), hidden);
            Middle = Take(layer.HasFfn, hidden);
        }

        if (layer.HasFfn)
        {
            FfnInput = Take(Has(ParameterRole.FfnInputNorm), hidden);
            Gate = Take(Has(ParameterRole.Gate), layer.FfnSize);
            Up = Take(true, layer.FfnSize);
            Activated = Take(true, layer.FfnSize);
            FfnAdded = Take(Has(ParameterRole.FfnOutputNorm), hidden);
            RawOutput = Take(Has(ParameterRole.FfnResidualNorm), hidden);
        }

        return used;

        bool Has(ParameterRole role) => graph.Contains(new ParameterId(role, index));

        float* Take(bool wanted, int width)
        {
            if (!wanted) return null;
            var at = memory + used;
            used += ((long)tokens * width + 15) / 16 * 16;
            return at;
        }
    }
}
