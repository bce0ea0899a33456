using System.Text;
using Pare.Formats;

namespace Pare.Tests.Formats;

/// <summary>Files made of very many of the smallest things that the formats allow: what they cost must stay in proportion.</summary>
public sealed class CrowdedFileTests
{
    private const int Many = 100_000;
    private const int BytesPerByte = 24;

    [Fact]
    public void Very_many_empty_tensors_in_safetensors_cost_in_proportion()
    {
        var header = "{" + string.Join(',', Enumerable.Range(0, Many).Select(i => SafetensorsBytes.Entry($"{i}", "U8", "0", 0, 0))) + "}";

        Bounded(SafetensorsBytes.Of(header, 0), bytes =>
        {
            using var file = SafetensorsFile.Open("crowded", bytes);
            Assert.Equal(Many, file.Tensors.Count);
        });
    }

    [Fact]
    public void Very_many_axes_keys_and_levels_in_safetensors_are_refused_or_cost_in_proportion()
    {
        Refused("{\"a\":{\"shape\":[" + string.Join(',', Enumerable.Repeat('1', Many)) + "]}}");
        Refused("{\"a\":{" + string.Join(',', Enumerable.Repeat("\"x\":1", Many)) + "}}");
        Refused(new string('[', Many));
        Refused(string.Concat(Enumerable.Repeat("{\"a\":", Many)));

        static void Refused(string header) => Bounded(SafetensorsBytes.Of(header, 0), bytes => Assert.Throws<ModelFormatException>(() => SafetensorsFile.Open("crowded", bytes)));
    }

    [Fact]
    public void Very_many_empty_tensors_keys_and_texts_in_gguf_cost_in_proportion()
    {
        var tensors = new GgufBytes();
        for (var i = 0; i < Many; i++) tensors.Tensor($"{i}", 24, 0, 0);
        var keys = new GgufBytes();
        for (var i = 0; i < Many; i++) keys.Value($"{i}", 0, 0);
        var texts = new GgufBytes().Array("a", 8, Many, new byte[Many * 8]);
        var arrays = new GgufBytes().Array("a", 9, Many, new byte[Many * 12]);

        foreach (var builder in new[] { tensors, keys, texts, arrays })
        {
            Bounded(builder.Build(), bytes =>
            {
                using var file = GgufFile.Open("crowded", bytes);
                Assert.Equal(Many, Math.Max(file.Tensors.Count, Math.Max(file.Metadata.Count, file.Metadata.Values.Select(value => value.Count).FirstOrDefault())));
            });
        }
    }

    [Fact]
    public void A_vocabulary_of_a_quarter_million_tokens_is_read_as_it_is()
    {
        const int Tokens = 256_000;
        using var folder = new TemporaryFolder();
        var texts = Enumerable.Range(0, Tokens).Select(i => $"▁{i}").ToArray();
        GgufWriter.Write(folder.File("a.gguf"), [new("tokenizer.ggml.tokens", GgufValue.StringArray(texts)), new("tokenizer.ggml.scores", GgufValue.Float32Array(new float[Tokens]))], []);

        using var file = GgufFile.Open(folder.File("a.gguf"));

        Assert.Equal(texts, file.Metadata.GetStringArray("tokenizer.ggml.tokens"));
        Assert.Equal(Tokens, file.Metadata.GetFloatArray("tokenizer.ggml.scores").Length);
    }

    private static void Bounded(byte[] file, Action<byte[]> open)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        open(file);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated <= (128 << 10) + (long)BytesPerByte * file.Length, $"{allocated} bytes for a file of {file.Length}: {Encoding.UTF8.GetString(file, 0, 40)}");
    }
}
