using System.Text.Json;
using Pare.Formats;
using Pare.Models.Vocabularies;
using Pare.Tests.Formats;
using Pare.TestSupport;
using Pare.Tokenization;

namespace Pare.Tests.Models;

/// <summary>Tokenizers on their way between model folders and GGUF metadata: the recorded ids on every line.</summary>
public sealed class VocabularyTests
{
    [SharedTheory]
    [InlineData("smollm2", 49152)]
    [InlineData("gpt2", 50257)]
    [InlineData("llama2-32k", 32000)]
    public void A_tokenizer_survives_GGUF_and_the_way_back(string name, int count)
    {
        using var temporary = new TemporaryFolder();
        var folder = SharedFiles.Path("tokenizers", name);
        var tokenizer = TokenizerLoader.Load(folder);
        var vocabulary = FolderVocabulary.Read(folder, tokenizer);
        vocabulary.PadTo(count + 3);
        var entries = new List<KeyValuePair<string, GgufValue>>();
        vocabulary.Write(entries, tokenizer);
        var metadata = new GgufMetadata("model.gguf", entries);
        AssertRecorded(name, TokenizerLoader.FromGguf(metadata));
        TokenizerFiles.Write(temporary.Path, metadata);
        var back = TokenizerLoader.Load(temporary.Path);
        AssertRecorded(name, back);
        Assert.Equal(count + 3, back.VocabularySize);
        Assert.Equal((tokenizer.BosId, tokenizer.EosId, tokenizer.AddsBos, tokenizer.ChatTemplate), (back.BosId, back.EosId, back.AddsBos, back.ChatTemplate));
    }

    [SharedFact]
    public void The_real_model_gives_the_files_of_its_tokenizer()
    {
        using var temporary = new TemporaryFolder();
        using var gguf = GgufFile.Open(SharedFiles.Path("models", "SmolLM2-135M-Instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"));
        TokenizerFiles.Write(temporary.Path, gguf.Metadata);
        AssertRecorded("smollm2", TokenizerLoader.Load(temporary.Path));
    }

    private static void AssertRecorded(string name, Tokenizer tokenizer)
    {
        foreach (var line in File.ReadLines(SharedFiles.Path("reference", "tokenizers", name + ".jsonl")))
        {
            using var document = JsonDocument.Parse(line);
            var text = document.RootElement.GetProperty("text").GetString()!;
            var expected = document.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray();
            // Only SmolLM2 was recorded with special names standing for their tokens.
            Assert.Equal(expected, tokenizer.Encode(text, addSpecialTokens: false, findSpecialTokens: name == "smollm2"));
        }
    }
}
