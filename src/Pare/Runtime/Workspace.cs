using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Activations of the chunk that is being run.</summary>
internal sealed unsafe class Workspace : IDisposable
{
    private readonly NativeBuffer<float> _buffer;

    public Workspace(ModelConfig config, int tokens, bool quantizes)
    {
        Tokens = tokens;
        if (quantizes)
        {
            QuantizedInput = new Int8Rows(tokens, Math.Max(Math.Max(config.HiddenSize, config.EmbeddingSize), config.Layers.Max(layer => layer.QuerySize)));
            QuantizedNeurons = new Int8Rows(tokens, config.Layers.Max(layer => layer.FfnSize));
        }

        var sizes = Sizes(config);
        _buffer = new NativeBuffer<float>(sizes.Sum(size => Align(size * tokens)), zeroed: false);
        var next = _buffer.Pointer;
        Stream = Take(0);
        Normed = Take(1);
        Queries = Take(2);
        Keys = Take(3);
        Values = Take(4);
        Mixed = Take(5);
        Added = Take(6);
        Gate = Take(7);
        Up = Take(8);
        Turned = Take(9);

        float* Take(int index)
        {
            var result = next;
            next += Align(sizes[index] * tokens);
            return result;
        }
    }

    public int Tokens { get; }
    public float* Stream { get; }
    public float* Normed { get; }
    public float* Queries { get; }
    public float* Keys { get; }
    public float* Values { get; }
    public float* Mixed { get; }
    public float* Added { get; }
    public float* Gate { get; }
    public float* Up { get; }

    /// <summary>The stream in another basis, where the model changes it.</summary>
    public float* Turned { get; }

    /// <summary>Room for the inputs of attention, of its output and of the network, in int8.</summary>
    public Int8Rows? QuantizedInput { get; }

    /// <summary>Room for the neurons, in int8.</summary>
    public Int8Rows? QuantizedNeurons { get; }

    /// <summary>Bytes of activations that a token takes.</summary>
    public static long BytesPerToken(ModelConfig config, bool quantizes) =>
        Sizes(config).Sum() * sizeof(float) + (quantizes ? Int8Rows.BytesPerToken((int)Sizes(config).Max()) * 2 : 0);

    public void Dispose()
    {
        _buffer.Dispose();
        QuantizedInput?.Dispose();
        QuantizedNeurons?.Dispose();
    }

    private static long[] Sizes(ModelConfig config)
    {
        long query = config.Layers.Max(layer => layer.QuerySize);
        long keyValue = config.Layers.Max(layer => layer.KeyValueSize);
        long ffn = config.Layers.Max(layer => layer.FfnSize);
        long hidden = Math.Max(config.HiddenSize, config.EmbeddingSize);
        return [hidden, hidden, query, keyValue, keyValue, query, hidden, config.GatedFfn ? ffn : 0, ffn, config.HasShortcuts ? hidden : 0];
    }

    private static long Align(long length) => (length + 15) / 16 * 16;
}
