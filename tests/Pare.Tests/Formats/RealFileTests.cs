using Pare.Formats;
using Pare.TestSupport;

namespace Pare.Tests.Formats;

public sealed class RealFileTests
{
    [Fact]
    public void The_sample_model_opens_with_its_tensors()
    {
        using var folder = SafetensorsFolder.Open(SharedFiles.InRepository("models", "stories260K"));

        Assert.Equal(47, folder.Tensors.Count);
        var embedding = folder.Tensors["model.embed_tokens.weight"];
        Assert.Equal(ElementType.F32, embedding.Type);
        Assert.Equal([512L, 64L], embedding.Shape);
        Assert.Equal("pt", folder.Metadata["format"]);
        Assert.Equal(embedding.Columns * 4, embedding.RowBytes(511).Length);
    }

    [Fact]
    public void The_sample_model_is_rewritten_to_the_bytes_of_the_reference_implementation()
    {
        var path = SharedFiles.InRepository("models", "stories260K", "model.safetensors");
        using var folder = new TemporaryFolder();
        using var file = SafetensorsFile.Open(path);

        SafetensorsWriter.Write(folder.File("copy"), [.. file.InOrder.Select(tensor => OutgoingTensor.Copy(tensor))], file.Metadata);

        Assert.True(Contents.Equal(path, folder.File("copy")));
    }

    [SharedFact]
    public void Files_of_the_reference_implementation_are_rewritten_to_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        foreach (var path in Directory.EnumerateFiles(SharedFiles.Path("reference", "families"), "*.safetensors", SearchOption.AllDirectories))
        {
            using var file = SafetensorsFile.Open(path);
            SafetensorsWriter.Write(folder.File("copy"), [.. file.InOrder.Select(tensor => OutgoingTensor.Copy(tensor))], file.Metadata);
            Assert.True(Contents.Equal(path, folder.File("copy")), path);
        }
    }

    [SharedFact]
    public void Every_reference_file_opens_and_is_covered_by_its_tensors()
    {
        foreach (var path in Directory.EnumerateFiles(SharedFiles.Path("reference"), "*.safetensors", SearchOption.AllDirectories))
        {
            using var file = SafetensorsFile.Open(path);
            Assert.NotEmpty(file.Tensors);
            Assert.True(file.ByteLength - file.InOrder.Sum(tensor => tensor.ByteLength) is > 8 and < 200_000, path);
        }
    }

    [SharedFact]
    public void The_135M_gguf_file_has_the_shapes_and_metadata_of_its_config()
    {
        using var file = GgufFile.Open(SharedFiles.Path("models", "SmolLM2-135M-Instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"));

        Assert.Equal("llama", file.Metadata.GetString("general.architecture"));
        Assert.Equal(30u, file.Metadata.GetUInt32("llama.block_count"));
        Assert.Equal(576, file.Metadata.GetInt32("llama.embedding_length"));
        Assert.Equal(1e-5f, file.Metadata.GetFloat("llama.attention.layer_norm_rms_epsilon"));
        Assert.Equal(Enumerable.Repeat(9, 30), file.Metadata.GetInt32PerLayer("llama.attention.head_count", 30));
        Assert.Equal(49152, file.Metadata.GetStringArray("tokenizer.ggml.tokens").Length);
        Assert.Equal("<|endoftext|>", file.Metadata.GetStringArray("tokenizer.ggml.tokens")[0]);
        Assert.Equal(49152, file.Metadata.GetInt32Array("tokenizer.ggml.token_type").Length);
        Assert.Equal([49152L, 576L], file.Tensors["token_embd.weight"].Shape);
        Assert.Equal(ElementType.Q8_0, file.Tensors["token_embd.weight"].Type);
        Assert.Equal([1536L, 576L], file.Tensors["blk.0.ffn_up.weight"].Shape);
        Assert.Equal([576L, 1536L], file.Tensors["blk.29.ffn_down.weight"].Shape);
        Assert.Equal(ElementType.Q4_1, file.Tensors["blk.29.ffn_down.weight"].Type);
        Assert.Equal([576L], file.Tensors["output_norm.weight"].Shape);
    }

    [SharedFact]
    public void A_gguf_file_of_version_1_is_refused_with_the_remedy()
    {
        var path = SharedFiles.Path("models", "stories260K-gguf-v1", "tinyllamas-stories-260k-f32.gguf");

        var error = Assert.Throws<ModelFormatException>(() => GgufFile.Open(path));

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains("version 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("convert the original weights again", error.Message, StringComparison.Ordinal);
    }

    [SharedFact]
    public void A_real_gguf_file_is_rewritten_to_the_same_bytes()
    {
        var path = SharedFiles.Path("models", "SmolLM2-135M-Instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");
        using var folder = new TemporaryFolder();
        using var file = GgufFile.Open(path);
        var copy = folder.File("copy.gguf");

        GgufWriter.Write(copy, file.Metadata, [.. file.InOrder.Select(tensor => OutgoingTensor.Copy(tensor))]);

        using var again = GgufFile.Open(copy);
        Assert.Equal(file.Metadata.Keys, again.Metadata.Keys);
        Assert.Equal(file.InOrder.Select(tensor => tensor.Name), again.InOrder.Select(tensor => tensor.Name));
        if (file.Version == 3) Assert.True(Contents.Equal(path, copy));
    }
}
