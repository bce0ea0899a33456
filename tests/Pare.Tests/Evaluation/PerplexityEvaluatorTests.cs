using System.Text;
using System.Text.Json;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Tests.Formats;
using Pare.TestSupport;
using Pare.Tokenization;

namespace Pare.Tests.Evaluation;

public class PerplexityEvaluatorTests
{
    [Fact]
    public void Perplexity_is_the_exponential_of_the_mean_of_the_windows_means()
    {
        using var small = new SmallModel();
        var windows = small.Windows(64);
        Assert.True(windows.Count >= 4);
        var result = new PerplexityEvaluator(small.Model, small.Engine).Evaluate(windows);
        var means = new double[windows.Count];
        using var scorer = new TokenScorer(small.Engine, 64);
        for (var i = 0; i < means.Length; i++)
        {
            var losses = new double[63];
            scorer.Score(windows[i], losses);
            means[i] = losses.Average();
        }

        Assert.Equal(Math.Exp(means.Average()), result.Perplexity, 1e-9);
        Assert.Equal(windows.Count * 63, result.Tokens);
        Assert.Equal(means.Length, result.WindowMeans.Count);
        Assert.Equal(64, result.Protocol.Window);
        Assert.Equal("plain", result.Protocol.Name);
        Assert.Equal(64, result.Protocol.Model.Fingerprint!.Length);
        Assert.NotNull(result.Protocol.Text!.Bos);
    }

    [Fact]
    public void Bits_per_byte_counts_the_bytes_of_the_predicted_tokens_only()
    {
        using var small = new SmallModel();
        var windows = small.Windows(64);
        var tokenizer = small.Model.Tokenizer;
        var result = new PerplexityEvaluator(small.Model, small.Engine).Evaluate(windows);
        Assert.Equal(tokenizer.BosId, windows[0][0]);
        // Decoding takes the dummy space off the start: it stands behind the BOS in the first window, and the differences of the others cancel it.
        long bytes = Encoding.UTF8.GetByteCount(tokenizer.Decode(windows[0][1..]));
        for (var i = 1; i < windows.Count; i++)
            bytes += Encoding.UTF8.GetByteCount(tokenizer.Decode(windows[i])) - Encoding.UTF8.GetByteCount(tokenizer.Decode(windows[i][..1]));
        Assert.Equal(bytes, result.TextBytes);
        Assert.Equal(result.MeanNegativeLogLikelihood * result.Tokens / Math.Log(2) / bytes, result.BitsPerByte!.Value, 1e-12);
    }

    [Theory]
    [InlineData("Grüße, 東京 – naïve 🙂 text.")]
    public void Bytes_of_split_characters_are_counted_once(string text)
    {
        var tokenizer = TokenizerLoader.Load(SharedFiles.InRepository("models", "stories260K"));
        var tokens = tokenizer.Encode(text);
        Assert.Equal(Encoding.UTF8.GetByteCount(text), new TokenBytes(tokenizer).OfPredicted(tokens, startsText: true));
    }

    [Fact]
    public void A_cancelled_run_goes_on_where_it_stopped_and_ends_with_the_same_figures()
    {
        using var small = new SmallModel();
        var windows = small.Windows(64);
        var evaluator = new PerplexityEvaluator(small.Model, small.Engine);
        var whole = evaluator.Evaluate(windows);
        var state = Path.Combine(small.Folder, "state.json");
        using var cancellation = new CancellationTokenSource();
        var options = new PerplexityOptions { StateFile = state, Progress = progress => { if (progress.Done == 2) cancellation.Cancel(); } };
        Assert.Throws<OperationCanceledException>(() => evaluator.Evaluate(windows, options, cancellation.Token));
        var done = new List<int>();
        var resumed = evaluator.Evaluate(windows, options with { Progress = progress => done.Add(progress.Done) });
        Assert.Equal(3, done[0]);
        Assert.Equal(whole.WindowMeans, resumed.WindowMeans);
        Assert.Equal(whole.Perplexity, resumed.Perplexity);
        Assert.Throws<ModelFormatException>(() => evaluator.Evaluate(small.Windows(32), options));
        File.WriteAllText(state, "no json");
        Assert.Throws<ModelFormatException>(() => evaluator.Evaluate(windows, options));
    }

    [Fact]
    public void A_longer_run_goes_on_from_the_state_of_a_shorter_one()
    {
        using var small = new SmallModel();
        var evaluator = new PerplexityEvaluator(small.Model, small.Engine);
        var options = new PerplexityOptions { StateFile = Path.Combine(small.Folder, "state.json") };
        evaluator.Evaluate(small.Windows(64, 2), options);
        var done = new List<int>();
        var longer = evaluator.Evaluate(small.Windows(64, 4), options with { Progress = progress => done.Add(progress.Done) });
        Assert.Equal([3, 4], done);
        Assert.Equal(evaluator.Evaluate(small.Windows(64, 4)).WindowMeans, longer.WindowMeans);
        Assert.Contains("4 windows and 2 are wanted", Assert.Throws<ModelFormatException>(() => evaluator.Evaluate(small.Windows(64, 2), options)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"windowMeans\":null")]
    [InlineData("\"windowMeans\":[1e999]")]
    public void A_damaged_state_is_refused(string means)
    {
        using var small = new SmallModel();
        var state = small.Write("state.json", $"{{\"key\":\"a\",\"tokens\":\"b\",{means}}}");
        Assert.Throws<ModelFormatException>(() => new PerplexityEvaluator(small.Model, small.Engine).Evaluate(small.Windows(64, 1), new PerplexityOptions { StateFile = state }));
    }

    [Fact]
    public void The_result_is_written_in_camel_case_without_absent_figures()
    {
        using var small = new SmallModel();
        var result = new PerplexityEvaluator(small.Model, small.Engine).Evaluate(small.Windows(64, 1));
        using var json = JsonDocument.Parse(JsonSerializer.Serialize(result, EvaluationJson.Default.PerplexityResult));
        Assert.Equal(result.Perplexity, json.RootElement.GetProperty("perplexity").GetDouble());
        Assert.Equal(63, json.RootElement.GetProperty("tokens").GetInt64());
        Assert.True(json.RootElement.TryGetProperty("bitsPerByte", out _));
        Assert.False(json.RootElement.TryGetProperty("standardError", out _));
        Assert.True(json.RootElement.GetProperty("protocol").GetProperty("machine").TryGetProperty("instructionSet", out _));
    }

    // The sample model's own text: the figure tells a working model from a broken one (an untrained one gives 512).
    [SharedFact]
    public void The_sample_model_knows_its_stories()
    {
        using var small = new SmallModel(2);
        var windows = TokenWindows.FromText(small.Model.Tokenizer, SharedFiles.Path("data", "text", "tinystories.txt"), TextProtocol.Plain, 256, 4);
        Assert.InRange(new PerplexityEvaluator(small.Model, small.Engine).Evaluate(windows).Perplexity, 2, 8);
    }
}
