using Pare.Models;

namespace Pare.Cli.Tests;

public sealed class SupernetTests
{
    private static string[] Arguments(string output, params string[] more) => ["supernet", PareRun.SampleModel, "--data", PareRun.SampleText, "-o", output, "--window", "32", "--batch", "2", "--steps", "6", "--calibration-windows", "2",
        "--depths", "3,4,5", "--ffn", "0.5,1.0", "--bins", "3", "--per-bin", "2", "--threads", "1", .. more];

    [Theory]
    [InlineData("--sampler", "random")]
    [InlineData("--sampler", "linear", "--method", "instatune")]
    [InlineData("--sampler", "bins", "--alternate")]
    [InlineData("--sampler", "calibrated", "--lora", "4")]
    public async Task A_super_network_is_a_model_that_a_search_takes_as_it_is(params string[] more)
    {
        using var folder = new TemporaryFolder();
        var run = await PareRun.Of(Arguments(folder["super"], [.. more, "--json"]));
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(["super"], Directory.GetFileSystemEntries(folder.Root).Select(Path.GetFileName));
        using (var super = Model.Open(folder["super"])) Assert.Equal(5, super.Provenance!["superNetwork"]!["layers"]!.AsArray().Count);
        var search = await PareRun.Of("search", folder["super"], "--text", PareRun.SampleText, "--study", folder["s.db"], "--evaluations", "6", "--searcher", "random", "--window", "32", "--windows", "2", "--depths", "3,4,5", "--threads", "1", "--json");
        Assert.True(search.Code == 0, search.Error);
        Assert.Equal("super-network", search.Json["subject"]!["order"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_run_that_is_stopped_goes_on_to_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        string[] Long(string output, params string[] more) => [.. Arguments(output, "--checkpoint-every", "5").Select(argument => argument == "6" ? "120" : argument), .. more];
        Assert.Equal(0, (await PareRun.Of(Long(folder["whole"]))).Code);
        Assert.Equal(1, (await PareRun.StoppedAtCheckpoint(folder["parts"] + ".training", Long(folder["parts"]))).Code);
        Assert.False(Directory.Exists(folder["parts"]));
        var last = await PareRun.Of(Long(folder["parts"], "--resume"));
        Assert.True(last.Code == 0, last.Error);
        foreach (var file in (string[])["model.safetensors", "config.json", "pare.json"])
            Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(folder["whole"], file)), await File.ReadAllBytesAsync(Path.Combine(folder["parts"], file)));
    }
}
