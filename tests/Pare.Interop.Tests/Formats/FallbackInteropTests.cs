using System.Runtime.InteropServices;
using Pare.Formats;

namespace Pare.Interop.Tests.Formats;

/// <summary>What llama.cpp stores where a block format does not divide the rows, seen by having it quantize a small file.</summary>
public sealed class FallbackInteropTests : IClassFixture<LlamaFixture>
{
    [InteropTheory]
    [InlineData(LlamaFileType.Q2_K, ElementType.Q2_K)]
    [InlineData(LlamaFileType.Q3_K_M, ElementType.Q3_K)]
    [InlineData(LlamaFileType.Q4_K_M, ElementType.Q4_K)]
    [InlineData(LlamaFileType.Q5_K_M, ElementType.Q5_K)]
    [InlineData(LlamaFileType.Q6_K, ElementType.Q6_K)]
    internal void Rows_fall_back_as_in_llama_cpp(LlamaFileType mix, ElementType wanted)
    {
        var folder = Directory.CreateTempSubdirectory("pare-fallback-");
        try
        {
            var source = Path.Combine(folder.FullName, "source.gguf");
            var target = Path.Combine(folder.FullName, "target.gguf");
            // Rows of attn_output take blocks of 256, those of ffn_down none, all others blocks of 32 only.
            WriteModel(source, hidden: 96, inner: 512, intermediate: 172);
            LlamaModel.Quantize(source, target, mix, pure: true);
            using var file = GgufFile.Open(target);
            foreach (var (name, columns) in new[] { ("blk.0.attn_output.weight", 512), ("blk.0.attn_q.weight", 96), ("blk.0.ffn_gate.weight", 96), ("blk.0.ffn_down.weight", 172) })
                Assert.Equal((name, WeightCodec.Fallback(wanted, columns)), (name, file.Tensors[name].Type));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void WriteModel(string path, int hidden, int inner, int intermediate)
    {
        var metadata = new Dictionary<string, GgufValue>
        {
            ["general.architecture"] = GgufValue.String("llama"),
            ["llama.block_count"] = GgufValue.UInt32(1),
            ["llama.context_length"] = GgufValue.UInt32(64),
            ["llama.embedding_length"] = GgufValue.UInt32((uint)hidden),
            ["llama.feed_forward_length"] = GgufValue.UInt32((uint)intermediate),
            ["llama.attention.head_count"] = GgufValue.UInt32(4),
            ["llama.attention.key_length"] = GgufValue.UInt32((uint)inner / 4),
            ["llama.attention.value_length"] = GgufValue.UInt32((uint)inner / 4),
            ["llama.rope.dimension_count"] = GgufValue.UInt32((uint)inner / 4),
            ["llama.attention.layer_norm_rms_epsilon"] = GgufValue.Float32(1e-5f),
            ["llama.vocab_size"] = GgufValue.UInt32(32),
        };
        var random = new Random(1);
        OutgoingTensor Tensor(string name, params long[] shape)
        {
            var values = new float[shape.Aggregate(1L, (product, size) => product * size)];
            for (var i = 0; i < values.Length; i++) values[i] = random.NextSingle() - 0.5f;
            return OutgoingTensor.FromBytes(name, ElementType.F32, shape, MemoryMarshal.AsBytes<float>(values).ToArray());
        }

        GgufWriter.Write(path, metadata,
        [
            Tensor("token_embd.weight", 32, hidden), Tensor("output_norm.weight", hidden),
            Tensor("blk.0.attn_norm.weight", hidden), Tensor("blk.0.ffn_norm.weight", hidden),
            Tensor("blk.0.attn_q.weight", inner, hidden), Tensor("blk.0.attn_k.weight", inner, hidden), Tensor("blk.0.attn_v.weight", inner, hidden),
            Tensor("blk.0.attn_output.weight", hidden, inner),
            Tensor("blk.0.ffn_gate.weight", intermediate, hidden), Tensor("blk.0.ffn_up.weight", intermediate, hidden), Tensor("blk.0.ffn_down.weight", hidden, intermediate),
        ]);
    }
}
