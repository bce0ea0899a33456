namespace Pare.Cli.Tests;

public sealed class SweepTests
{
    [Fact]
    public async Task A_grid_becomes_rows_a_page_and_json_and_goes_on_where_it_was()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["grid.yaml"], "grid:\n  - { pattern: ['3:4', '2:4'], outliers: ['1:4'] }\n");
        string[] rest = ["--study", folder["s.db"], "--text", PareRun.SampleText, "--protocol", "plain", "--window", "32", "--windows", "2", "--prompt", "4", "--generate", "4", "--repetitions", "1", "--threads", "1", "--json"];
        var first = await PareRun.Of(["sweep", PareRun.SampleModel, "--grid", folder["grid.yaml"], .. rest]);
        Assert.True(first.Code == 0, first.Error);
        Assert.Equal(["2:4-fp4+1:4-int8 magnitude", "1:4-fp4+1:4-int8 magnitude"], first.Json["configurations"]!.AsArray().Select(row => row!["name"]!.GetValue<string>()));
        Assert.Contains("a model, not a measurement", first.Json["modelledThroughput"]!.GetValue<string>(), StringComparison.Ordinal);
        var metrics = first.Json["configurations"]![0]!["metrics"]!;
        Assert.Equal(4, metrics["modelled throughput"]!.GetValue<double>(), 1e-12);

        await File.WriteAllTextAsync(folder["grid.yaml"], "grid:\n  - { pattern: ['3:4', '4:4'], outliers: ['1:4'] }\n");
        var second = await PareRun.Of(["sweep", PareRun.SampleModel, "--grid", folder["grid.yaml"], "--report", folder["page.html"], .. rest]);
        Assert.True(second.Code == 0, second.Error);
        var rows = second.Json["configurations"]!.AsArray();
        // The first is the row that was there; the second is new.
        Assert.Equal([1, 3], rows.Select(row => row!["number"]!.GetValue<int>()));
        Assert.Equal(metrics.ToJsonString(), rows[0]!["metrics"]!.ToJsonString());
        Assert.Contains("3:4-fp4+1:4-int8", await File.ReadAllTextAsync(folder["page.html"]), StringComparison.Ordinal);

        var other = await PareRun.Of(["sweep", PareRun.SampleModel, "--grid", folder["grid.yaml"], "--activations", "matched", .. rest]);
        Assert.Equal(1, other.Code);
        Assert.Contains("its subject.activations is \"Int8\", here it is \"Matched\"", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_texts_of_one_name_are_refused()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["grid.yaml"], "grid: [{ pattern: '3:4' }]");
        var run = await PareRun.Of("sweep", PareRun.SampleModel, "--grid", folder["grid.yaml"], "--study", folder["s.db"], "--text", PareRun.SampleText, "--text", PareRun.SampleText, "--window", "32");
        Assert.Equal(2, run.Code);
        Assert.Contains("--text: two texts are named", run.Error, StringComparison.Ordinal);
    }
}
