using System.Runtime.InteropServices;
using Pare.Formats;

namespace Pare.Interop.Tests.Models;

/// <summary>Writes a small random model of the Llama kind whose layers differ in heads, key-value heads and FFN width.</summary>
internal static class LayeredLlamaFile
{
    public const int Vocabulary = 96;
    public const int Hidden = 32;
    public const int HeadSize = 8;

    /// <summary>Writes it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="architecture">llama.cpp's name of the architecture.</param>
    /// <param name="heads">Query heads of each layer.</param>
    /// <param name="keyValueHeads">Key-value heads of each layer.</param>
    /// <param name="ffn">FFN width of each layer.</param>
    public static void Write(string path, string architecture, int[] heads, int[] keyValueHeads, int[] ffn)
    {
        var random = new Random(7);
        KeyValuePair<string, GgufValue>[] metadata =
        [
            new("general.architecture", GgufValue.String(architecture)),
            new("general.file_type", GgufValue.UInt32(0)),
            new(architecture + ".block_count", GgufValue.UInt32((uint)heads.Length)),
            new(architecture + ".context_length", GgufValue.UInt32(128)),
            new(architecture + ".embedding_length", GgufValue.UInt32(Hidden)),
            new(architecture + ".vocab_size", GgufValue.UInt32(Vocabulary)),
            new(architecture + ".attention.head_count", PerLayer(heads)),
            new(architecture + ".attention.head_count_kv", PerLayer(keyValueHeads)),
            new(architecture + ".attention.key_length", GgufValue.UInt32(HeadSize)),
            new(architecture + ".attention.value_length", GgufValue.UInt32(HeadSize)),
            new(architecture + ".feed_forward_length", PerLayer(ffn)),
            new(architecture + ".rope.dimension_count", GgufValue.UInt32(HeadSize)),
            new(architecture + ".rope.freq_base", GgufValue.Float32(10000)),
            new(architecture + ".attention.layer_norm_rms_epsilon", GgufValue.Float32(1e-5f)),
            new("tokenizer.ggml.model", GgufValue.String("none")),
        ];
        var tensors = new List<OutgoingTensor>
        {
            Matrix(random, "token_embd.weight", Vocabulary, Hidden),
            Matrix(random, "output.weight", Vocabulary, Hidden),
            Norm(random, "output_norm.weight"),
        };
        for (var i = 0; i < heads.Length; i++)
        {
            if (heads[i] > 0)
            {
                tensors.Add(Norm(random, $"blk.{i}.attn_norm.weight"));
                tensors.Add(Matrix(random, $"blk.{i}.attn_q.weight", heads[i] * HeadSize, Hidden));
                tensors.Add(Matrix(random, $"blk.{i}.attn_k.weight", keyValueHeads[i] * HeadSize, Hidden));
                tensors.Add(Matrix(random, $"blk.{i}.attn_v.weight", keyValueHeads[i] * HeadSize, Hidden));
                tensors.Add(Matrix(random, $"blk.{i}.attn_output.weight", Hidden, heads[i] * HeadSize));
            }

            if (ffn[i] == 0) continue;
            tensors.Add(Norm(random, $"blk.{i}.ffn_norm.weight"));
            tensors.Add(Matrix(random, $"blk.{i}.ffn_gate.weight", ffn[i], Hidden));
            tensors.Add(Matrix(random, $"blk.{i}.ffn_up.weight", ffn[i], Hidden));
            tensors.Add(Matrix(random, $"blk.{i}.ffn_down.weight", Hidden, ffn[i]));
        }

        GgufWriter.Write(path, metadata, tensors);
    }

    private static GgufValue PerLayer(int[] values) => values.Distinct().Count() == 1 ? GgufValue.UInt32((uint)values[0]) : GgufValue.UInt32Array(Array.ConvertAll(values, value => (uint)value));

    private static OutgoingTensor Matrix(Random random, string name, int rows, int columns) =>
        Floats(name, [rows, columns], () => (float)((random.NextDouble() - 0.5) * 4 / Math.Sqrt(columns)));

    private static OutgoingTensor Norm(Random random, string name) => Floats(name, [Hidden], () => (float)(0.5 + random.NextDouble()));

    private static OutgoingTensor Floats(string name, long[] shape, Func<float> next)
    {
        var values = new float[shape.Aggregate(1L, (product, size) => product * size)];
        for (var i = 0; i < values.Length; i++) values[i] = next();
        return OutgoingTensor.FromBytes(name, ElementType.F32, shape, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
    }
}
