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
        Assert.True(File.Exists(folder["bench.html"]));
    }
}
