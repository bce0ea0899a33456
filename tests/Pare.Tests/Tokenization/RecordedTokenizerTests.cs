using System.Text.Json;
using Pare.TestSupport;
using Pare.Tokenization;

namespace Pare.Tests.Tokenization;

/// <summary>Holds three real tokenizers to ids recorded with independent programs (tokenizers 0.23.3, sentencepiece 0.2.3).</summary>
public class RecordedTokenizerTests
{
    [SharedTheory]
    [InlineData("smollm2")]
    [InlineData("gpt2")]
    [InlineData("llama2-32k")]
    public void Ids_and_texts_equal_the_recorded_ones_on_every_line(string name)
    {
        var tokenizer = TokenizerLoader.Load(SharedFiles.Path("tokenizers", name));
        var lines = 0;
        foreach (var line in File.ReadLines(SharedFiles.Path("reference", "tokenizers", name + ".jsonl")))
        {
            using var record = JsonDocument.Parse(line);
            var text = record.RootElement.GetProperty("text").GetString()!;
            var ids = record.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray();
            Assert.Equal(ids, tokenizer.Encode(text, addSpecialTokens: false));
            Assert.Equal(record.RootElement.GetProperty("decoded").GetString(), tokenizer.Decode(ids));
            lines++;
        }

        Assert.Equal(292, lines);
    }

    [SharedTheory]
    [InlineData("smollm2", "wikitext-2-raw-test", 303415)]
    [InlineData("smollm2", "wikipedia-validation", 343171)]
    [InlineData("smollm2", "tinystories", 507847)]
    [InlineData("gpt2", "wikitext-2-raw-test", 286221)]
    [InlineData("gpt2", "wikipedia-validation", 328624)]
    [InlineData("gpt2", "tinystories", 523038)]
    [InlineData("llama2-32k", "wikitext-2-raw-test", 335687)]
    [InlineData("llama2-32k", "wikipedia-validation", 385017)]
    [InlineData("llama2-32k", "tinystories", 565254)]
    public void Whole_files_have_the_recorded_number_of_tokens_and_come_back(string name, string file, int count)
    {
        var tokenizer = TokenizerLoader.Load(SharedFiles.Path("tokenizers", name));
        var text = File.ReadAllText(SharedFiles.Path("data", "text", file + ".txt"));
        var ids = tokenizer.Encode(text, addSpecialTokens: false);
        Assert.Equal(count, ids.Length);
        Assert.Equal(text, tokenizer.Decode(ids));
    }

    [SharedFact]
    public void Plain_SentencePiece_adds_its_BOS_by_default_and_GPT2_adds_none()
    {
        var llama = TokenizerLoader.Load(SharedFiles.Path("tokenizers", "llama2-32k"));
        Assert.True(llama.AddsBos);
        Assert.Equal([1, 15043, 3186], llama.Encode("Hello world"));
        Assert.Equal((1, 2, 0), (llama.BosId, llama.EosId, llama.UnknownId));
        Assert.Equal(32000, llama.VocabularySize);
        var gpt2 = TokenizerLoader.Load(SharedFiles.Path("tokenizers", "gpt2"));
        Assert.False(gpt2.AddsBos);
        Assert.Equal([15496, 995], gpt2.Encode("Hello world"));
        Assert.Equal(50256, gpt2.EosId);
    }

    [SharedFact]
    public void The_chat_model_knows_its_special_tokens()
    {
        var tokenizer = TokenizerLoader.Load(SharedFiles.Path("tokenizers", "smollm2"));
        Assert.Equal((1, 2, 2, 0), (tokenizer.BosId, tokenizer.EosId, tokenizer.PadId, tokenizer.UnknownId));
        Assert.False(tokenizer.AddsBos);
        Assert.Contains("<|im_start|>", tokenizer.ChatTemplate);
        Assert.Equal([1, 2], tokenizer.Encode("<|im_start|><|im_end|>"));
        Assert.NotEqual([1, 2], tokenizer.Encode("<|im_start|><|im_end|>", findSpecialTokens: false));
        Assert.Equal("", tokenizer.Decode([1, 2], skipSpecialTokens: true));
        Assert.True(tokenizer.IsSpecial(2));
        Assert.Equal("Ġt", tokenizer.TokenText(tokenizer.FindToken("Ġt")!.Value));
    }
}
