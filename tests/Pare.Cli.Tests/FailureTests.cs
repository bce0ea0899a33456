namespace Pare.Cli.Tests;

public sealed class FailureTests
{
    [Fact]
    public async Task A_missing_model_is_named_with_what_was_expected()
    {
        var run = await PareRun.Of("info", "no/such/model", "--json");
        Assert.Equal(1, run.Code);
        Assert.StartsWith("pare: no/such/model: there is no such file or folder", run.Error, StringComparison.Ordinal);
        Assert.Equal("failed", run.Json["error"]!["kind"]!.GetValue<string>());
        Assert.Equal("no/such/model", run.Json["error"]!["file"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_truncated_file_is_one_line_that_names_it()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(PareRun.SampleModel)) File.Copy(file, folder[Path.GetFileName(file)]);
        using (var weights = File.OpenWrite(folder["model.safetensors"])) weights.SetLength(weights.Length / 2);
        var run = await PareRun.Of("run", folder.Root, "-p", "Once");
        Assert.Equal(1, run.Code);
        Assert.Contains("model.safetensors", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd('\n').Split('\n'));
        Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task A_file_that_is_no_model_is_refused()
    {
        var run = await PareRun.Of("info", PareRun.SampleText);
        Assert.Equal(1, run.Code);
        Assert.Contains("expected a folder with config.json and safetensors, or a .gguf file", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_text_is_named()
    {
        var run = await PareRun.Of("eval", PareRun.SampleModel, "--perplexity", "no-such-text.txt");
        Assert.Equal(1, run.Code);
        Assert.Contains("no-such-text.txt", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_that_cannot_be_written_is_refused_before_the_work()
    {
        using var folder = new TemporaryFolder();
        var run = await PareRun.Of("eval", PareRun.SampleModel, "--perplexity", PareRun.SampleText, "--report", folder["missing/report.html"]);
        Assert.Equal(1, run.Code);
        Assert.Contains("there is no folder", run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task Debug_shows_where_a_failure_arose()
    {
        var run = await PareRun.Of("info", "no/such/model", "--debug");
        Assert.Contains("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_command_says_so_and_fails()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await Program.RunAsync(["run", PareRun.SampleModel, "-p", "Once upon a time"], output, error, null, cancelled.Token);
        Assert.Equal(1, code);
        Assert.StartsWith("pare: cancelled", error.ToString(), StringComparison.Ordinal);
        Assert.Equal("", output.ToString());
    }
}
