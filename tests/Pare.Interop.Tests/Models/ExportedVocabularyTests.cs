using System.Text.Json;
using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Models;
using Pare.TestSupport;
using Pare.Tokenization;

namespace Pare.Interop.Tests.Models;

/// <summary>Tokenizers in GGUF exports: the real llama.cpp cuts texts into the recorded tokens with the metadata that Pare wrote.</summary>
public sealed class ExportedVocabularyTests : IClassFixture<LlamaFixture>
{
    private const int Hidden = 32;

    // Special names in a text are special for the recorded SmolLM2 tokenizer only; the other two were recorded without them.
    [InteropTheory(NeedsShared = true)]
    [InlineData("smollm2", 49152, true)]
    [InlineData("gpt2", 50257, false)]
    [InlineData("llama2-32k", 32000, false)]
    public void Recorded_texts_become_the_recorded_tokens(string tokenizer, int vocabulary, bool parseSpecial)
    {
        using var folder = new TemporaryFolder();
        var source = folder.File("model");
        Directory.CreateDirectory(source);
        WriteModel(source, vocabulary);
        foreach (var file in Directory.EnumerateFiles(SharedFiles.Path("tokenizers", tokenizer))) File.Copy(file, Path.Combine(source, Path.GetFileName(file)));
        var path = folder.File("model.gguf");
        using var model = Model.Open(source);
        Assert.Empty(ModelExporter.Export(model, path, new ExportOptions()).Warnings);
        using var theirs = LlamaModel.Open(path, vocabularyOnly: true);
        Assert.Equal(vocabulary, theirs.VocabularySize);
        Assert.Equal(model.Tokenizer.ChatTemplate, theirs.Metadata("tokenizer.chat_template"));
        Assert.Equal(model.Tokenizer.Encode("One day"), theirs.Tokenize("One day", addSpecial: true, parseSpecial: false));
        Assert.Equal((model.Tokenizer.BosId ?? -1, model.Tokenizer.EosId ?? -1), (theirs.BeginToken, theirs.EndToken));
        var differing = new List<string>();
        foreach (var line in File.ReadLines(SharedFiles.Path("reference", "tokenizers", tokenizer + ".jsonl")))
        {
            using var document = JsonDocument.Parse(line);
            var text = document.RootElement.GetProperty("text").GetString()!;
            var expected = document.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray();
            var actual = theirs.Tokenize(text, addSpecial: false, parseSpecial);
            if (!expected.SequenceEqual(actual)) differing.Add($"{JsonSerializer.Serialize(text)}: [{string.Join(' ', expected)}], llama.cpp [{string.Join(' ', actual)}]");
        }

        Assert.True(differing.Count == 0, $"{differing.Count} texts differ: {string.Join(Environment.NewLine, differing.Take(5))}");
    }

    [InteropFact]
    public void A_trained_tokenizer_cuts_texts_alike_in_llama_cpp()
    {
        const int Vocabulary = 600;
        using var folder = new TemporaryFolder();
        var source = folder.File("model");
        var text = File.ReadAllText(SharedFiles.InRepository("models", "stories.txt"));
        BpeTrainer.Train([text], new BpeTrainerOptions { VocabularySize = Vocabulary }).WriteTo(source);
        WriteModel(source, Vocabulary);
        var path = folder.File("model.gguf");
        using var model = Model.Open(source);
        Assert.Empty(ModelExporter.Export(model, path, new ExportOptions()).Warnings);
        using var theirs = LlamaModel.Open(path, vocabularyOnly: true);
        Assert.Equal((Vocabulary, 0), (theirs.VocabularySize, theirs.EndToken));
        string[] texts = [text, "One day, 1234 naïve café 日本語 😀!\n\n  don't\tgo", "one<|endoftext|>two"];
        foreach (var each in texts) Assert.Equal(model.Tokenizer.Encode(each), theirs.Tokenize(each, addSpecial: true, parseSpecial: true));
    }

    // One block whose weights are of no interest.
    private static void WriteModel(string folder, int vocabulary)
    {
        var config = new JsonObject
        {
            ["architectures"] = new JsonArray("LlamaForCausalLM"),
            ["model_type"] = "llama",
            ["vocab_size"] = vocabulary,
            ["hidden_size"] = Hidden,
            ["intermediate_size"] = Hidden,
            ["num_hidden_layers"] = 1,
            ["num_attention_heads"] = 1,
            ["num_key_value_heads"] = 1,
            ["max_position_embeddings"] = 128,
            ["rms_norm_eps"] = 1e-5,
            ["tie_word_embeddings"] = true,
        };
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        (string Name, long[] Shape)[] tensors =
        [
            ("model.embed_tokens.weight", [vocabulary, Hidden]),
            .. from role in new[] { "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj" }
               select ($"model.layers.0.{role}.weight", new long[] { Hidden, Hidden }),
            ("model.layers.0.input_layernorm.weight", [Hidden]),
            ("model.layers.0.post_attention_layernorm.weight", [Hidden]),
            ("model.norm.weight", [Hidden]),
        ];
        SafetensorsWriter.Write(
            Path.Combine(folder, "model.safetensors"),
            [.. tensors.Select(tensor => OutgoingTensor.FromBytes(tensor.Name, ElementType.F16, tensor.Shape, new byte[tensor.Shape.Aggregate(2L, (bytes, size) => bytes * size)]))]);
    }
}
