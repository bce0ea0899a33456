using Pare.Tokenization;

namespace Pare.Cli.Tests;

public sealed class TrainTokenizerTests
{
    [Fact]
    public async Task A_tokenizer_is_trained_written_and_reported()
    {
        using var folder = new TemporaryFolder();
        var run = await PareRun.Of("train-tokenizer", PareRun.SampleText, "-o", folder["tokenizer"], "--vocabulary-size", "400", "--json");
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(400, run.Json["vocabularySize"]!.GetValue<int>());
        Assert.Equal(["tokenizer.json", "tokenizer_config.json"], Directory.GetFiles(folder["tokenizer"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var tokenizer = TokenizerLoader.Load(folder["tokenizer"]);
        Assert.Equal(400, tokenizer.VocabularySize);
        Assert.Equal("<|endoftext|>", tokenizer.TokenText(tokenizer.EosId!.Value));
    }

    [Fact]
    public async Task What_is_there_is_replaced_only_by_force()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["tokenizer.json"], "precious");
        var refused = await PareRun.Of("train-tokenizer", PareRun.SampleText, "-o", folder.Root, "--vocabulary-size", "300");
        Assert.Equal(1, refused.Code);
        Assert.Equal("precious", await File.ReadAllTextAsync(folder["tokenizer.json"]));
        var forced = await PareRun.Of("train-tokenizer", PareRun.SampleText, "-o", folder.Root, "--vocabulary-size", "300", "--force", "--special-token", "<end>", "--special-token", "<user>");
        Assert.True(forced.Code == 0, forced.Error);
        Assert.Contains("(300 tokens, 42 merges)", forced.Output, StringComparison.Ordinal);
        var tokenizer = TokenizerLoader.Load(folder.Root);
        Assert.Equal((0, 0, 1), (tokenizer.EosId, tokenizer.FindToken("<end>"), tokenizer.FindToken("<user>")));
    }

    [Fact]
    public async Task A_text_with_too_little_to_learn_is_said_to_have_given_fewer_tokens()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["short.txt"], "ab ab");
        var run = await PareRun.Of("train-tokenizer", folder["short.txt"], "-o", folder["tokenizer"]);
        Assert.Equal(0, run.Code);
        Assert.Contains("the texts gave only 258 of 4096 tokens", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "expected a whole number from 257 to", "--vocabulary-size", "200")]
    [InlineData(2, "too small: the 256 bytes and 2 special tokens alone are 258", "--vocabulary-size", "257", "--special-token", "<a>", "--special-token", "<b>")]
    public async Task Misuse_is_refused_before_anything_is_written(int code, string message, params string[] more)
    {
        using var folder = new TemporaryFolder();
        var run = await PareRun.Of(["train-tokenizer", PareRun.SampleText, "-o", folder["tokenizer"], .. more]);
        Assert.Equal(code, run.Code);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Root));
    }
}
