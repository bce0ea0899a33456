namespace Pare.Cli.Tests;

public sealed class BenchTests
{
    [Fact]
    public async Task Bench_as_json_has_rates_and_memory()
    {
        using var folder = new TemporaryFolder();
        var run = await PareRun.Of("bench", PareRun.SampleModel, "--prompt", "16", "--generate", "8", "--repetitions", "2", "--json", "--report", folder["bench.html"]);
        Assert.Equal(0, run.Code);
        foreach (var measure in new[] { "decodeTokensPerSecond", "prefillTokensPerSecond", "loadSeconds", "decodeGigabytesPerSecond" })
            Assert.True(run.Json[measure]!.GetValue<double>() > 0, measure);
        Assert.Equal(2, run.Json["decode"]!["samples"]!.AsArray().Count);
        if (OperatingSystem.IsLinux()) Assert.True(run.Json["peakResidentBytes"]!.GetValue<long>() > 1_000_000);
        var page = await File.ReadAllTextAsync(folder["bench.html"]);
        Assert.Contains("--prompt 16 --generate 8 --repetitions 2 --json --report", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lengths_by_default_fit_the_models_context()
    {
        var run = await PareRun.Of("bench", PareRun.SampleModel, "--repetitions", "1", "--json");
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(512, run.Json["promptTokens"]!.GetValue<int>() + run.Json["generatedTokens"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_plan_for_a_shape_makes_no_weights()
    {
        var run = await PareRun.Of("bench", "--shape", "7b", "--format", "f32", "--plan", "--json");
        Assert.True(run.Code == 0, run.Error);
        // 6.7 billion weights of 4 bytes, which this process never holds.
        Assert.InRange(run.Json["plan"]!["memoryBytes"]!.GetValue<long>(), 26_000_000_000, 32_000_000_000);
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        Assert.InRange(process.WorkingSet64, 1, 8_000_000_000);
    }
}
