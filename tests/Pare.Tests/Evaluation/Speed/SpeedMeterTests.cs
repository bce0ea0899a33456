using System.Text.Json;
using Pare.Evaluation;
using Pare.Evaluation.Speed;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;
using Pare.TestSupport;

namespace Pare.Tests.Evaluation.Speed;

public class SpeedMeterTests
{
    [Fact]
    public void All_figures_of_a_run_fit_each_other()
    {
        var options = new BenchOptions { Prompt = 32, Generate = 8, Repetitions = 3, Engine = new EngineOptions { Threads = 1 } };
        var result = SpeedMeter.Measure(() => Model.Open(SharedFiles.InRepository("models", "stories260K")), options);
        Assert.True(result.LoadSeconds > 0);
        Assert.Equal(3, result.Prefill.Samples.Count);
        Assert.InRange(result.DecodeTokensPerSecond, result.Decode.Lowest, result.Decode.Highest);
        Assert.Equal(result.WeightBytesPerToken * result.DecodeTokensPerSecond / 1e9, result.DecodeGigabytesPerSecond, 1e-9);
        Assert.True(result.PeakResidentBytes is null or > 1_000_000);
        Assert.True(result.ReadBandwidthGigabytesPerSecond > 0);
        using var json = JsonDocument.Parse(JsonSerializer.Serialize(result, EvaluationJson.Default.BenchResult));
        foreach (var key in new[] { "decodeTokensPerSecond", "prefillTokensPerSecond", "loadSeconds" }) Assert.True(json.RootElement.GetProperty(key).GetDouble() > 0);
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        static Model Open() => Model.Open(SharedFiles.InRepository("models", "stories260K"));
        Assert.Throws<ArgumentOutOfRangeException>(() => SpeedMeter.Measure(Open, new BenchOptions { Prompt = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => SpeedMeter.Measure(Open, new BenchOptions { Repetitions = 0 }));
        Assert.Throws<ArgumentException>(() => SpeedMeter.Measure(Open, new BenchOptions { Prompt = 100_000 }));
    }

    [Theory]
    [InlineData(512, true, true, 410, 102)]
    [InlineData(512, true, false, 384, 128)]
    [InlineData(600, false, true, 512, 88)]
    [InlineData(512, false, false, 512, 128)]
    [InlineData(640, true, true, 512, 128)]
    public void Lengths_that_were_not_given_shrink_to_the_context(int context, bool prompt, bool generate, int expectedPrompt, int expectedGenerate)
    {
        var options = new BenchOptions { PromptMayShrink = prompt, GenerateMayShrink = generate }.Within(context);
        Assert.Equal((expectedPrompt, expectedGenerate), (options.Prompt, options.Generate));
    }

    [Fact]
    public void The_median_of_samples_lies_between_its_ends()
    {
        var rate = RateSample.Of([3, 1, 2, 10]);
        Assert.Equal((2.5, 1, 10), (rate.Median, rate.Lowest, rate.Highest));
        Assert.Equal([3, 1, 2, 10], rate.Samples);
    }

    [Fact]
    public void Memory_is_read_at_a_finite_speed()
    {
        using var pool = new ComputePool(1);
        Assert.InRange(ReadBandwidth.Measure(pool, 4 << 20), 0.01, 10_000);
    }
}
