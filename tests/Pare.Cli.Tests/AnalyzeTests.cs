namespace Pare.Cli.Tests;

public sealed class AnalyzeTests
{
    private static readonly string[] s_small = ["--text", PareRun.SampleText, "--samples", "3", "--window", "32", "--threads", "1"];

    [Fact]
    public async Task Zeros_and_patterns_become_json_a_table_and_a_page()
    {
        using var folder = new TemporaryFolder();
        var run = await PareRun.Of(["analyze", PareRun.SampleModel, .. s_small, "--changed", "0.1,0.5", "--json", "--report", folder["page.html"]]);
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal("act", run.Json["patternSite"]!.GetValue<string>());
        Assert.Equal(5, run.Json["patterns"]!.AsArray().Count);
        Assert.Equal(5 * 8, run.Json["distributions"]!.AsArray().Count);
        var first = run.Json["patterns"]![0]!;
        Assert.InRange(first["active"]!.GetValue<double>(), 0.49, 0.51);
        Assert.Equal([0.1, 0.5], first["changes"]!.AsArray().Select(change => change!["share"]!.GetValue<double>()));
        var page = await File.ReadAllTextAsync(folder["page.html"]);
        foreach (var heading in (string[])["Zeros and distributions", "Patterns across tokens", "Patterns across inputs", "Patterns across blocks"]) Assert.Contains($"<h2>{heading}</h2>", page, StringComparison.Ordinal);

        var text = await PareRun.Of(["analyze", PareRun.SampleModel, .. s_small]);
        Assert.Contains("tokens of different windows", text.Output, StringComparison.Ordinal);
        Assert.Contains("30 % of the tokens changed: changed tokens", text.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("changed", (await PareRun.Of(["analyze", PareRun.SampleModel, .. s_small, "--changed", "0"])).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_window_has_no_pairs_of_different_ones_and_still_a_page()
    {
        using var folder = new TemporaryFolder();
        var run = await PareRun.Of("analyze", PareRun.SampleModel, "--text", PareRun.SampleText, "--samples", "1", "--window", "16", "--site", "down-in", "--json", "--report", folder["page.html"]);
        Assert.True(run.Code == 0, run.Error);
        Assert.False(run.Json.ContainsKey("blockCorrelations"));
        Assert.Null(run.Json["patterns"]![0]!["unrelated"]);
        Assert.DoesNotContain("Patterns across blocks", await File.ReadAllTextAsync(folder["page.html"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_starts_nothing()
    {
        using var folder = new TemporaryFolder();
        var run = await PareRun.Of(["analyze", PareRun.SampleModel, .. s_small, "--plan", "--report", folder["page.html"]]);
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("3 windows of 32 tokens, and 6 times as many with changes", run.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["page.html"]));
    }

    [Fact]
    public async Task Shares_that_are_none_are_misuse()
    {
        var run = await PareRun.Of("analyze", PareRun.SampleModel, "--text", PareRun.SampleText, "--changed", "0.1,1.5");
        Assert.Equal(2, run.Code);
        Assert.Contains("--changed 1.5: expected a share from 0 to 1", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_run_says_so_and_leaves_no_page()
    {
        using var folder = new TemporaryFolder();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        using var error = new StringWriter();
        var code = await Program.RunAsync(["analyze", PareRun.SampleModel, .. s_small, "--report", folder["page.html"]], TextWriter.Null, error, cancellation: cancelled.Token);
        Assert.Equal(1, code);
        Assert.Contains("cancelled", error.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.False(File.Exists(folder["page.html"]));
    }
}
