using Pare.Formats;
using Pare.Training;

namespace Pare.Tests.Training;

public class TokenDatasetTests
{
    [Theory]
    [InlineData(23, 5, 4)]
    [InlineData(21, 5, 4)]
    [InlineData(20, 5, 3)]
    [InlineData(6, 5, 1)]
    [InlineData(7, 1, 6)]
    public void Windows_follow_each_other_and_each_predicts_the_token_after(int count, int window, int windows)
    {
        var dataset = TokenDataset.FromTokens(Enumerable.Range(100, count).ToArray(), window, 1000);
        Assert.Equal((windows, window, count), (dataset.WindowCount, dataset.Window, (int)dataset.TokenCount));
        Assert.Equal(windows * window, dataset.LearnedCount);
        var (inputs, targets) = (new int[window], new int[window]);
        for (var w = 0; w < windows; w++)
        {
            dataset.Read(w, inputs, targets);
            Assert.Equal(Enumerable.Range(100 + w * window, window), inputs);
            Assert.Equal(Enumerable.Range(101 + w * window, window), targets);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void What_is_not_learned_is_masked_wherever_windows_cut_it(int seed)
    {
        var random = new Random(seed);
        var lines = new List<string>();
        var expected = new List<(int Id, bool IsLearned)>();
        for (var i = 0; i < 40; i++)
        {
            var (prompt, completion) = (new string('p', random.Next(0, 30)), new string('q', random.Next(1, 12)));
            lines.Add($"{{\"prompt\":\"{prompt}\",\"completion\":\"{completion}\"}}");
            expected.Add((TrainingFiles.Bos, false));
            expected.AddRange(prompt.Select(letter => ((int)letter, false)));
            expected.AddRange(completion.Select(letter => ((int)letter, true)));
            expected.Add((TrainingFiles.Eos, true));
        }

        using var files = new TrainingFiles().Add("a.jsonl", string.Join('\n', lines));
        var window = random.Next(2, 40);
        var dataset = files.Load(window);
        Assert.Equal(expected.Count, dataset.TokenCount);
        var (inputs, targets) = (new int[window], new int[window]);
        var learned = 0;
        for (var w = 0; w < dataset.WindowCount; w++)
        {
            dataset.Read(w, inputs, targets);
            Assert.Equal(expected.Skip(w * window).Take(window).Select(token => token.Id), inputs);
            Assert.Equal(expected.Skip(w * window + 1).Take(window).Select(token => token.IsLearned ? token.Id : -1), targets);
            learned += targets.Count(target => target >= 0);
        }

        Assert.Equal(learned, dataset.LearnedCount);
    }

    [Fact]
    public void Too_little_text_a_foreign_token_and_misuse_are_named()
    {
        static string Refused(Action act) => Assert.ThrowsAny<ArgumentException>(act).Message;
        Assert.Contains("has 5 tokens, and one window needs 6", Refused(() => TokenDataset.FromTokens([1, 2, 3, 4, 5], 5, 10)), StringComparison.Ordinal);
        Assert.Contains("token 2 of the training text has the id 10, and the model knows 10 ids", Refused(() => TokenDataset.FromTokens([1, 2, 10, 4], 1, 10)), StringComparison.Ordinal);
        Assert.Contains("has the id -1", Refused(() => TokenDataset.FromTokens([1, -1, 1, 4], 1, 10)), StringComparison.Ordinal);
        Assert.Contains("window", Refused(() => TokenDataset.FromTokens([1, 2], 0, 10)), StringComparison.Ordinal);
        var dataset = TokenDataset.FromTokens([1, 2, 3], 2, 10);
        Assert.Contains("a window has 2 tokens", Refused(() => dataset.Read(0, new int[2], new int[3])), StringComparison.Ordinal);
        Refused(() => dataset.Read(1, new int[2], new int[2]));
        Refused(() => dataset.Read(-1, new int[2], new int[2]));

        using var files = new TrainingFiles();
        Assert.Contains("no files", Refused(() => files.Load()), StringComparison.Ordinal);
        files.Add("a.txt", "hello world");
        Assert.Contains("has the id 300 ('<s>'), and the model knows 300 ids", Refused(() => files.Load(1, vocabulary: 300)), StringComparison.Ordinal);
        using var prompts = new TrainingFiles().Add("a.jsonl", "{\"prompt\":\"a long prompt\",\"completion\":\"x\"}");
        Assert.Contains("every window holds prompts alone", Refused(() => prompts.Load(10)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named_before_any_is_read()
    {
        var missing = Assert.Throws<ModelFormatException>(() => TokenDataset.Load(["nowhere.txt"], TrainingFiles.Make(null, "</s>"), 4, 302));
        Assert.Equal("nowhere.txt: there is no such text file", missing.Message);
    }

    [Fact]
    public void The_fingerprint_tells_tokens_masks_and_windows_apart()
    {
        string Of(int window, string file, string content)
        {
            using var files = new TrainingFiles().Add(file, content);
            return files.Load(window).Fingerprint;
        }

        var first = Of(1, "a.jsonl", "{\"prompt\":\"hello\",\"completion\":\" world\"}");
        Assert.Equal(64, first.Length);
        Assert.Equal(first, Of(1, "b.jsonl", "{ \"completion\": \" world\", \"prompt\": \"hello\" }"));
        string[] others = [Of(1, "a.jsonl", "{\"text\":\"hello world\"}"), Of(2, "a.jsonl", "{\"prompt\":\"hello\",\"completion\":\" world\"}"), Of(1, "a.jsonl", "{\"prompt\":\"hello\",\"completion\":\" World\"}")];
        Assert.Equal(4, others.Append(first).Distinct().Count());
        Assert.Equal(others[0], Of(1, "a.txt", "hello world"));
    }

    [Fact]
    public void Loading_reports_bytes_and_can_be_ended()
    {
        using var files = new TrainingFiles().Add("a.jsonl", string.Concat(Enumerable.Repeat("{\"text\":\"hello\"}\n", 1000))).Add("b.txt", "hello world");
        var reports = new List<TokenizingProgress>();
        TokenDataset.Load(files.Files, files.Tokenizer, 4, 302, progress: new Listener(reports.Add));
        Assert.Equal(new TokenizingProgress(17_011, 17_011, 3004), reports[^1]);
        Assert.Equal(reports.Select(report => report.Done).Order(), reports.Select(report => report.Done));
        Assert.True(reports.Count > 4, "no report within a file");

        using var ended = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => TokenDataset.Load(files.Files, files.Tokenizer, 4, 302, progress: new Listener(_ => ended.Cancel()), cancellation: ended.Token));
    }

    private sealed class Listener(Action<TokenizingProgress> report) : IProgress<TokenizingProgress>
    {
        public void Report(TokenizingProgress value) => report(value);
    }
}
