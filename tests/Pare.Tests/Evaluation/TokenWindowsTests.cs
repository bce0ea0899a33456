using System.Text;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Tests.Formats;
using Pare.TestSupport;
using Pare.Tokenization;

namespace Pare.Tests.Evaluation;

public class TokenWindowsTests
{
    private static Tokenizer Small => TokenizerLoader.Load(SharedFiles.InRepository("models", "stories260K"));

    // Token counts of ../shared/README.md, of an independent tokenizer; only the Llama tokenizer adds a BOS.
    [SharedTheory]
    [InlineData("llama2-32k", 341_469)]
    [InlineData("gpt2", 287_644)]
    [InlineData("smollm2", 304_978)]
    public void The_protocol_gives_the_known_number_of_tokens(string tokenizer, int tokens)
    {
        var windows = TokenWindows.FromText(TokenizerLoader.Load(SharedFiles.Path("tokenizers", tokenizer)), SharedFiles.Path("data", "text", "wikitext-2-raw-test.txt"));
        Assert.Equal(tokens, windows.Text.Tokens);
        Assert.Equal(tokens / 2048, windows.Count);
        Assert.Equal(2048, windows[windows.Count - 1].Length);
    }

    [SharedFact]
    public void Fewer_windows_are_the_first_of_all_windows()
    {
        var tokenizer = TokenizerLoader.Load(SharedFiles.Path("tokenizers", "llama2-32k"));
        var path = SharedFiles.Path("data", "text", "wikitext-2-raw-test.txt");
        var all = TokenWindows.FromText(tokenizer, path, TextProtocol.Wikitext2, 512);
        var few = TokenWindows.FromText(tokenizer, path, TextProtocol.Wikitext2, 512, 5);
        Assert.Equal(5, few.Count);
        Assert.Null(few.Text.Tokens);
        for (var i = 0; i < few.Count; i++) Assert.Equal(all[i], few[i]);
    }

    [Fact]
    public void A_plain_text_is_tokenized_as_it_is_and_its_tail_dropped()
    {
        using var folder = new TemporaryFolder();
        var text = string.Concat(Enumerable.Repeat("Once upon a time there was a dog.\n \n", 20));
        var path = folder.Write("text.txt", Encoding.UTF8.GetBytes(text));
        var windows = TokenWindows.FromText(Small, path, TextProtocol.Plain, 50);
        var tokens = Small.Encode(text);
        Assert.True(Small.AddsBos);
        Assert.Equal(tokens.Length, windows.Text.Tokens);
        Assert.Equal(tokens.Length / 50, windows.Count);
        Assert.Equal("plain", windows.Protocol);
        Assert.Equal(tokens[50..100], windows[1].ToArray());
    }

    [Fact]
    public void A_text_shorter_than_a_window_is_refused()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("text.txt", "Once upon a time"u8.ToArray());
        var refused = Assert.Throws<ModelFormatException>(() => TokenWindows.FromText(Small, path, TextProtocol.Plain, 2048));
        Assert.Contains("windows of 2048 tokens", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("text.txt", [0x41, 0xFF, 0x42]);
        Assert.Contains("UTF-8", Assert.Throws<ModelFormatException>(() => TokenWindows.FromText(Small, path, TextProtocol.Plain, 2)).Message, StringComparison.Ordinal);
    }

    [SharedFact]
    public void Given_tokens_are_windows()
    {
        var windows = TokenWindows.FromFile(SharedFiles.Path("reference", "calibration-32x1024.safetensors"));
        Assert.Equal((32, 1024, "tokens"), (windows.Count, windows.Window, windows.Protocol));
        Assert.Equal(3, TokenWindows.FromFile(SharedFiles.Path("reference", "calibration-32x1024.safetensors"), 3).Count);
    }

    [Fact]
    public void A_file_without_input_ids_is_refused()
    {
        var refused = Assert.Throws<ModelFormatException>(() => TokenWindows.FromFile(SharedFiles.InRepository("models", "stories260K", "model.safetensors")));
        Assert.Contains("input_ids", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_outside_the_vocabulary_and_long_windows_are_refused_by_name()
    {
        using var model = Model.Open(SharedFiles.InRepository("models", "stories260K"));
        using var folder = new TemporaryFolder();
        var path = folder.Write("text.txt", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("Once upon a time. ", 400))));
        var windows = TokenWindows.FromText(Small, path, TextProtocol.Plain, model.Config.MaxPositionEmbeddings + 1, 1);
        Assert.Contains("at most", Assert.Throws<ArgumentException>(() => WindowChecks.Check(windows, model.Config)).Message, StringComparison.Ordinal);
        var few = TokenWindows.FromText(Small, path, TextProtocol.Plain, 16, 1);
        Assert.Contains("vocabulary of 10", Assert.Throws<ArgumentException>(() => WindowChecks.Check(few, model.Config with { VocabularySize = 10 })).Message, StringComparison.Ordinal);
    }
}
