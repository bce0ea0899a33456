using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Models;
using Pare.Models.Gguf;
using Pare.Tests.Formats;
using Pare.TestSupport;

namespace Pare.Tests.Models;

public sealed class GgufModelFileTests
{
    /// <summary>Keys of the expected configuration that change nothing about the function and are not in a GGUF file.</summary>
    private static readonly string[] s_omitted = ["attention_dropout", "initializer_range", "pretraining_tp", "transformers_version", "use_cache"];

    [SharedFact]
    public void The_configuration_of_the_real_model_is_what_Hugging_Face_has()
    {
        using var model = Model.Open(SharedFiles.Path("models", "SmolLM2-135M-Instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"));
        var expected = JsonNode.Parse(File.ReadAllText(SharedFiles.Path("models", "SmolLM2-135M-Instruct", "config.expected.json")))!.AsObject();
        var found = model.Config.Source;
        foreach (var (key, value) in expected)
        {
            if (s_omitted.Contains(key)) continue;
            Assert.True(found.ContainsKey(key), key);
            Assert.True(Same(value, found[key]), $"{key}: expected {value?.ToJsonString()}, found {found[key]?.ToJsonString()}");
        }

        Assert.Empty(found.Select(entry => entry.Key).Except(expected.Select(entry => entry.Key)));
        Assert.Equal(134_515_008, model.Graph.ParameterCount);
    }

    [Fact]
    public void Damaged_metadata_gives_a_model_or_one_kind_of_error()
    {
        const int Files = 20_000, Seed = 20261122;
        using var temporary = new TemporaryFolder();
        using (var model = Model.Open(SharedFiles.InRepository("models", "stories260K")))
            ModelExporter.Export(model, temporary.File("model.gguf"), new ExportOptions { Format = ElementType.Q4_0 });
        var bytes = File.ReadAllBytes(temporary.File("model.gguf"));
        // The keys of the configuration stand before the vocabulary, and some of its tokens are read too.
        var vocabulary = bytes.AsSpan().IndexOf("tokenizer.ggml.tokens"u8) + 400;
        var random = new Random(Seed);
        var (opened, refused) = (0, 0);
        for (var i = 0; i < Files; i++)
        {
            var at = random.Next(24, vocabulary);
            var before = bytes.AsSpan(at, 4).ToArray();
            if (random.Next(2) == 0) bytes[at] ^= (byte)(1 << random.Next(8));
            else BitConverter.TryWriteBytes(bytes.AsSpan(at), random.Next(4) switch { 0 => -1, 1 => 0, 2 => BitConverter.SingleToInt32Bits(float.NaN), _ => random.Next() });
            try
            {
                using var file = GgufFile.Open("damaged.gguf", bytes);
                var reader = new ConfigReader("damaged.gguf", GgufConfigReader.Read(file));
                var config = ArchitectureRegistry.Of(reader).Read(reader);
                if (config.Layers.Count < 50) _ = new ModelGraph(config).ParameterCount;
                opened++;
            }
            catch (ModelFormatException)
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"file {i} of seed {Seed}: {e}");
            }

            before.CopyTo(bytes, at);
        }

        Assert.True(opened > Files / 20 && refused > Files / 20, $"{opened} opened, {refused} refused");
    }

    [Theory]
    [InlineData("bos", 4u, uint.MaxValue, false)]
    [InlineData("eos", 5u, uint.MaxValue, false)]
    [InlineData("eos", 5u, 7u, true)]
    public void A_token_that_is_said_not_to_exist_is_left_out(string kind, uint type, uint id, bool expected)
    {
        var bytes = SampleGguf();
        var name = System.Text.Encoding.UTF8.GetBytes($"tokenizer.ggml.{kind}_token_id");
        var at = bytes.AsSpan().IndexOf(name) + name.Length;
        BitConverter.TryWriteBytes(bytes.AsSpan(at), type);
        BitConverter.TryWriteBytes(bytes.AsSpan(at + 4), id);

        using var file = GgufFile.Open("patched.gguf", bytes);

        Assert.Equal(expected, GgufConfigReader.Read(file).ContainsKey($"{kind}_token_id"));
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(-1f)]
    [InlineData(float.NaN)]
    public void Factors_that_are_not_positive_are_refused(float wrong)
    {
        const string Tensor = "output_norm.weight";
        var bytes = SampleGguf();
        int at;
        using (var file = GgufFile.Open("sample.gguf", bytes)) at = bytes.AsSpan().IndexOf(file.Tensors[Tensor].RowBytes(0));
        for (var i = 0; i < 64; i++) BitConverter.TryWriteBytes(bytes.AsSpan(at + (4 * i)), 1.5f);
        using (var file = GgufFile.Open("sample.gguf", bytes)) Assert.Equal(Enumerable.Repeat(1.5, 64), new GgufSource(file, "llama").Values(Tensor)!);
        BitConverter.TryWriteBytes(bytes.AsSpan(at + 20), wrong);

        using var patched = GgufFile.Open("patched.gguf", bytes);

        Assert.Equal(Tensor, Assert.Throws<ModelFormatException>(() => new GgufSource(patched, "llama").Values(Tensor)).Place);
    }

    private static byte[] SampleGguf()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", "stories260K"));
        ModelExporter.Export(model, temporary.File("model.gguf"), new ExportOptions { Format = ElementType.F32 });
        return File.ReadAllBytes(temporary.File("model.gguf"));
    }

    // Numbers are compared as numbers: 100000 and 100000.0 are the same.
    private static bool Same(JsonNode? a, JsonNode? b) => (a, b) switch
    {
        (JsonObject x, JsonObject y) => x.Count == y.Count && x.All(entry => y.ContainsKey(entry.Key) && Same(entry.Value, y[entry.Key])),
        (JsonArray x, JsonArray y) => x.Count == y.Count && x.Zip(y).All(pair => Same(pair.First, pair.Second)),
        (JsonValue x, JsonValue y) when x.GetValueKind() == System.Text.Json.JsonValueKind.Number && y.GetValueKind() == System.Text.Json.JsonValueKind.Number =>
            double.Parse(x.ToJsonString()) == double.Parse(y.ToJsonString()),
        _ => JsonNode.DeepEquals(a, b),
    };
}
