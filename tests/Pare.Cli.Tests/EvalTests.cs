using System.Xml.Linq;

namespace Pare.Cli.Tests;

public sealed class EvalTests
{
    private static readonly string[] Windows = ["--perplexity", PareRun.SampleText, "--protocol", "plain", "--window", "128", "--windows", "3"];

    [Fact]
    public async Task Perplexity_as_json_has_its_measures_at_the_top()
    {
        var run = await PareRun.Of(["eval", PareRun.SampleModel, .. Windows, "--json"]);
        Assert.Equal(0, run.Code);
        // A model that knows such stories is far better than guessing among 512 tokens.
        Assert.InRange(run.Json["perplexity"]!.GetValue<double>(), 2, 40);
        Assert.Equal(3 * 127, run.Json["tokens"]!.GetValue<long>());
        Assert.Equal(3, run.Json["windows"]!.GetValue<int>());
        Assert.Equal(Math.Log(run.Json["perplexity"]!.GetValue<double>()), run.Json["meanNegativeLogLikelihood"]!.GetValue<double>(), 1e-9);
        Assert.InRange(run.Json["bitsPerByte"]!.GetValue<double>(), 0.5, 4);
        Assert.Equal("plain", run.Json["protocol"]!["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_model_does_not_diverge_from_itself()
    {
        var run = await PareRun.Of(["eval", PareRun.SampleModel, .. Windows, "--against", PareRun.SampleModel, "--json"]);
        Assert.Equal(0, run.Code);
        Assert.InRange(run.Json["comparison"]!["meanKlDivergence"]!.GetValue<double>(), 0, 1e-9);
        Assert.Equal(1.0, run.Json["comparison"]!["topOneAgreement"]!.GetValue<double>());
        Assert.Equal(run.Json["perplexity"]!.GetValue<double>(), run.Json["comparison"]!["referencePerplexity"]!.GetValue<double>(), 1e-9);
    }

    [Fact]
    public async Task A_report_is_a_page_with_the_same_figures()
    {
        using var folder = new TemporaryFolder();
        var run = await PareRun.Of(["eval", PareRun.SampleModel, .. Windows, "--against", PareRun.SampleModel, "--report", folder["report.html"]]);
        Assert.Equal(0, run.Code);
        Assert.Contains("report: ", run.Error, StringComparison.Ordinal);
        var page = XDocument.Parse((await File.ReadAllTextAsync(folder["report.html"])).Replace("<!DOCTYPE html>", "", StringComparison.Ordinal));
        Assert.Equal(["Perplexity", "Comparison with stories260K", "How it was measured"], page.Descendants("h2").Select(heading => heading.Value));
        Assert.Equal(2, page.Descendants("svg").Count());
        Assert.Equal([folder["report.html"]], Directory.GetFiles(folder.Root));
    }

    [Fact]
    public async Task A_task_of_ones_own_is_measured_and_marked_when_it_is_guessing()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["animals.jsonl"], """
            {"start": "Once upon a time, there was a little", "ends": ["girl", "xylophone"], "right": 0}
            {"start": "Lily wanted to play outside in the", "ends": ["quarterly", "park"], "right": 1}
            """);
        await File.WriteAllTextAsync(folder["animals.yaml"], "task: animals\ndata: animals.jsonl\nprompt: \"{start}\"\nchoices: ends\ngold: right\nmetric: acc\n");
        var run = await PareRun.Of("eval", PareRun.SampleModel, "--task-file", folder["animals.yaml"], "--json", "--report", folder["it's a page.html"]);
        Assert.True(run.Code == 0, run.Error);
        var task = run.Json["tasks"]![0]!;
        Assert.Equal("animals", task["task"]!.GetValue<string>());
        Assert.Equal(1.0, task["metrics"]![0]!["value"]!.GetValue<double>());
        Assert.False(task["distinguishableFromGuessing"]!.GetValue<bool>());
        var page = await File.ReadAllTextAsync(folder["it's a page.html"]);
        Assert.Contains(task["data"]![0]!["sha256"]!.GetValue<string>(), page, StringComparison.Ordinal);
        Assert.Contains("Data of the tasks", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_without_its_data_is_refused_before_anything_is_measured()
    {
        using var folder = new TemporaryFolder();
        var run = await PareRun.Of(["eval", PareRun.SampleModel, .. Windows, "--tasks", "piqa", "--data", folder.Root, "--state", folder["state.json"]]);
        Assert.Equal(1, run.Code);
        Assert.Contains("piqa.jsonl", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["state.json"]));
    }

    [Fact]
    public async Task A_page_that_cannot_be_saved_leaves_one_object()
    {
        using var folder = new TemporaryFolder();
        // A file name longer than any file system takes.
        var run = await PareRun.Of(["eval", PareRun.SampleModel, .. Windows, "--json", "--report", folder[new string('a', 300) + ".html"]]);
        Assert.Equal(1, run.Code);
        Assert.NotNull(run.Json["error"]);
        Assert.Null(run.Json["perplexity"]);
    }

    [Fact]
    public async Task A_plan_tells_memory_and_time_and_measures_nothing()
    {
        var run = await PareRun.Of(["eval", PareRun.SampleModel, .. Windows, "--plan"]);
        Assert.Equal(0, run.Code);
        Assert.Contains("memory  about", run.Output, StringComparison.Ordinal);
        Assert.Contains("3 windows of 128 tokens", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("perplexity", run.Output, StringComparison.Ordinal);
    }
}
