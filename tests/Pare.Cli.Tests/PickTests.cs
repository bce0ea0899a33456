using Pare.Formats;
using Pare.Models;

namespace Pare.Cli.Tests;

public sealed class PickTests
{
    [Fact]
    public async Task A_picked_model_is_healed_and_quantized_and_each_is_measured()
    {
        using var folder = new TemporaryFolder();
        await Search(folder);
        // What is measured on is not what is learned from.
        var lines = await File.ReadAllLinesAsync(PareRun.SampleText);
        await File.WriteAllLinesAsync(folder["learn.txt"], lines.Skip(lines.Length / 4));
        await File.WriteAllLinesAsync(folder["held.txt"], lines.Take(lines.Length / 4));
        var pick = await PareRun.Of("pick", folder["s.db"], "--max-size", "0.8x", "-o", folder["out"], "--heal", folder["learn.txt"], "--heal-tokens", "16000", "--heal-batch", "4", "--heal-learning-rate", "1e-3",
            "--formats", "q8_0,q4_0", "--text", folder["held.txt"], "--threads", "1", "--json");
        Assert.True(pick.Code == 0, pick.Error);
        var models = pick.Json["models"]!.AsArray();
        Assert.Equal(["picked", "healed", "healed, q8_0", "healed, q4_0"], models.Select(model => (string)model!["name"]!));
        Assert.Equal([folder["out"], folder["out-healed"], folder["out-healed-q8_0"], folder["out-healed-q4_0"]], models.Select(model => (string)model!["output"]!));
        Assert.Equal(["held.txt", "learn.txt", "out", "out-healed", "out-healed-q4_0", "out-healed-q8_0", "s.db"], Directory.GetFileSystemEntries(folder.Root).Select(Path.GetFileName).Where(name => !name!.StartsWith("s.db-", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        foreach (var model in models)
        {
            var eval = await PareRun.Of("eval", (string)model!["output"]!, "--perplexity", folder["held.txt"], "--protocol", "plain", "--window", "64", "--windows", "4", "--json");
            Assert.Equal(eval.Json["perplexity"]!.GetValue<double>(), model["perplexity"]!.GetValue<double>(), 1e-9);
            using var written = Model.Open((string)model["output"]!);
            Assert.Equal(written.WeightBytes, model["bytes"]!.GetValue<long>());
            Assert.Equal(written.Graph.ParameterCount, model["parameters"]!.GetValue<long>());
        }

        // Layers and neurons were taken out without training: a little of it helps much.
        Assert.True(Perplexity(1) < 0.8 * Perplexity(0), pick.Output);
        Assert.InRange(Perplexity(2), 0.95 * Perplexity(1), 1.05 * Perplexity(1));
        using (var q4 = Model.Open(folder["out-healed-q4_0"])) Assert.Equal(ElementType.Q4_0, q4.GetWeight(new ParameterId(ParameterRole.Query, 0)).Type);

        double Perplexity(int model) => models[model]!["perplexity"]!.GetValue<double>();
    }

    [Fact]
    public async Task A_candidate_keeps_its_formats_when_it_is_healed()
    {
        using var folder = new TemporaryFolder();
        await Search(folder, "--formats", "q8_0,q4_0", "--objectives", "perplexity,bytes");
        string[] arguments = ["pick", folder["s.db"], "--objective", "bytes", "-o", folder["out"], "--heal", PareRun.SampleText, "--heal-tokens", "2000", "--heal-lora", "4", "--threads", "1", "--json"];
        var pick = await PareRun.Of(arguments);
        Assert.True(pick.Code == 0, pick.Error);
        using (Model picked = Model.Open(folder["out"]), healed = Model.Open(folder["out-healed"]))
        {
            foreach (var site in picked.Graph.Sites) Assert.Equal(picked.GetWeight(site.Weight).Type, healed.GetWeight(site.Weight).Type);
            Assert.Contains(picked.Graph.Sites, site => healed.GetWeight(site.Weight).Type == ElementType.Q4_0);
            Assert.NotEqual(picked.GetWeight(new ParameterId(ParameterRole.Query, 0)).ToArray(), healed.GetWeight(new ParameterId(ParameterRole.Query, 0)).ToArray());
            var provenance = healed.Provenance!.ToJsonString();
            Assert.Contains("healing", provenance, StringComparison.Ordinal);
        }

        var taken = await PareRun.Of(arguments);
        Assert.Equal(1, taken.Code);
        Assert.Contains("exists already", taken.Error, StringComparison.Ordinal);
        var missing = await PareRun.Of("pick", folder["s.db"], "-o", folder["other"], "--heal", folder["none.txt"]);
        Assert.Equal(1, missing.Code);
        Assert.False(Directory.Exists(folder["other"]));
        Assert.Contains("--heal-tokens goes with --heal", (await PareRun.Of("pick", folder["s.db"], "-o", folder["other"], "--heal-tokens", "5")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Healing_that_is_stopped_goes_on_to_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        await Search(folder);
        string[] Arguments(string output, params string[] more) => ["pick", folder["s.db"], "--max-size", "0.8x", "-o", folder[output], "--heal", PareRun.SampleText, "--heal-tokens", "20000", "--heal-batch", "2", "--checkpoint-every", "5", "--formats", "q8_0", "--threads", "1", .. more];
        Assert.Equal(0, (await PareRun.Of(Arguments("whole"))).Code);
        Assert.Equal(1, (await PareRun.StoppedAtCheckpoint(folder["parts"] + ".training", Arguments("parts"))).Code);
        Assert.False(Directory.Exists(folder["parts-healed"]));
        Assert.Equal(1, (await PareRun.Of(Arguments("parts", "--force"))).Code);
        var last = await PareRun.Of(Arguments("parts", "--resume"));
        Assert.True(last.Code == 0, last.Error);
        foreach (var model in (string[])["", "-healed", "-healed-q8_0"])
            foreach (var file in (string[])["model.safetensors", "config.json", "pare.json"])
                Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(folder["whole" + model], file)), await File.ReadAllBytesAsync(Path.Combine(folder["parts" + model], file)));
        Assert.False(Directory.Exists(folder["parts.training"]));
    }

    private static async Task Search(TemporaryFolder folder, params string[] more)
    {
        var search = await PareRun.Of(["search", PareRun.SampleModel, "--text", PareRun.SampleText, "--study", folder["s.db"], "--evaluations", "10", "--searcher", "random", "--order", "unsorted", "--shared",
            "--depths", "3,4,5", "--ffn", "0.5,1.0", "--window", "64", "--windows", "4", "--threads", "1", .. more]);
        Assert.True(search.Code == 0, search.Error);
    }
}
