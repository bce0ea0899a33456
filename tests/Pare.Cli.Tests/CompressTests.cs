namespace Pare.Cli.Tests;

public sealed class CompressTests
{
    private static readonly string[] ToQ8 = ["--method", "round-to-nearest", "--format", "q8_0"];

    [Fact]
    public async Task A_compressed_model_can_be_measured_against_its_original()
    {
        using var folder = new TemporaryFolder();
        var compress = await PareRun.Of(["compress", PareRun.SampleModel, "-o", folder["q8"], .. ToQ8, "--json", "--report", folder["q8.html"]]);
        Assert.True(compress.Code == 0, compress.Error);
        Assert.True(compress.Json["weightBytes"]!.GetValue<long>() < 0.4 * compress.Json["weightBytesBefore"]!.GetValue<long>());
        Assert.Equal(5, compress.Json["fallbacks"]!.AsArray().Count);
        Assert.All(compress.Json["parameters"]!.AsArray(), parameter => Assert.InRange(parameter!["relativeError"]!.GetValue<double>(), 0, 0.01));
        Assert.Contains("<svg", await File.ReadAllTextAsync(folder["q8.html"]), StringComparison.Ordinal);

        var eval = await PareRun.Of("eval", folder["q8"], "--perplexity", PareRun.SampleText, "--protocol", "plain", "--window", "128", "--windows", "2", "--against", PareRun.SampleModel, "--json");
        Assert.True(eval.Code == 0, eval.Error);
        // Eight bits lose little, and not nothing.
        Assert.InRange(eval.Json["comparison"]!["meanKlDivergence"]!.GetValue<double>(), 1e-7, 0.01);
        Assert.InRange(eval.Json["comparison"]!["topOneAgreement"]!.GetValue<double>(), 0.9, 1);

        var info = await PareRun.Of("info", folder["q8"]);
        Assert.Contains("round-to-nearest (q8_0)", info.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activation_thresholds_are_one_command_and_eval_and_info_show_them()
    {
        using var folder = new TemporaryFolder();
        var compress = await PareRun.Of("compress", PareRun.SampleModel, "-o", folder["sparse"], "--method", "activation-sparsity", "--rule", "cats", "--level", "0.5",
            "--calibration", PareRun.SampleText, "--window", "64", "--samples", "4");
        Assert.True(compress.Code == 0, compress.Error);
        Assert.Contains("small activations are zero: cats 50.00 % at act", compress.Output, StringComparison.Ordinal);
        var info = await PareRun.Of("info", folder["sparse"], "--json");
        Assert.Equal(5, info.Json["activationSparsity"]!["thresholds"]!["act"]!.AsArray().Count);
        string[] eval = ["eval", folder["sparse"], "--perplexity", PareRun.SampleText, "--protocol", "plain", "--window", "64", "--windows", "4"];
        var sites = (await PareRun.Of([.. eval, "--json"])).Json["activationSparsity"]!.AsArray();
        Assert.Equal(["act", "down-in"], sites.Select(site => site!["site"]!.GetValue<string>()));
        Assert.All(sites, site => Assert.InRange(site!["zeros"]!.GetValue<double>(), 0.4, 0.6));
        Assert.Contains("nominal zeros", (await PareRun.Of(eval)).Output, StringComparison.Ordinal);

        var refused = await PareRun.Of("compress", PareRun.SampleModel, "-o", folder["other"], "--method", "activation-sparsity", "--rule", "cats", "--level", "1.5", "--calibration", PareRun.SampleText);
        Assert.Equal(2, refused.Code);
        Assert.Contains("--level", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sdq_is_one_command_and_info_shows_pattern_counts_and_bits()
    {
        using var folder = new TemporaryFolder();
        var compress = await PareRun.Of("compress", PareRun.SampleModel, "-o", folder["sdq"], "--method", "sdq", "--pattern", "3:4", "--outliers", "1:4");
        Assert.True(compress.Code == 0, compress.Error);
        var info = await PareRun.Of("info", folder["sdq"]);
        Assert.Contains("2:4-fp4+1:4-int8: 2 inliers in fp4 and 1 outlier in int8 of every 4 inputs, 35 matrices;", info.Output, StringComparison.Ordinal);
        var format = (await PareRun.Of("info", folder["sdq"], "--json")).Json["sparseFormats"]!.AsArray().Single()!;
        Assert.Equal(3, format["kept"]!.GetValue<int>());
        Assert.Equal(4, format["modelledThroughput"]!.GetValue<double>(), 1e-12);
        // Per row of 64: two γ, 2 · 4 scales, 16 · (4 + 2) bits of positions and 16 · (8 + 8) of codes; per row of 172: 2 · 11 scales and 43 blocks.
        const double Long = 5 * 64 * (8 + 22 + 22 + 11 + 43 + 43), Short = 5 * (64 + 32 + 32 + 64 + 172 + 172) * (8 + 8 + 8 + 4 + 16 + 16);
        Assert.Equal(8 * (Long + Short) / (5 * (64 * 172 + (64 + 32 + 32 + 64 + 172 + 172) * 64)), format["bitsPerWeight"]!.GetValue<double>(), 1e-9);
        foreach (var precision in new[] { "int8", "float32", "matched" })
        {
            var eval = await PareRun.Of("eval", folder["sdq"], "--perplexity", PareRun.SampleText, "--protocol", "plain", "--window", "128", "--windows", "2", "--activations", precision, "--json");
            Assert.True(eval.Code == 0, eval.Error);
            Assert.InRange(eval.Json["perplexity"]!.GetValue<double>(), 1, 100);
        }

        var refused = await PareRun.Of("compress", PareRun.SampleModel, "-o", folder["other"], "--method", "sdq", "--pattern", "7:8", "--outliers", "1:4");
        Assert.Equal(2, refused.Code);
        Assert.Contains("--outliers: blocks of 4, but the pattern has blocks of 8", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recipe_file_and_the_options_give_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["q8.yaml"], "passes:\n  - method: round-to-nearest\n    format: q8_0\n");
        Assert.Equal(0, (await PareRun.Of("compress", PareRun.SampleModel, "-o", folder["a"], "--recipe", folder["q8.yaml"])).Code);
        Assert.Equal(0, (await PareRun.Of(["compress", PareRun.SampleModel, "-o", folder["b"], .. ToQ8, "--threads", "1"])).Code);
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(folder["a"], "model.safetensors")), await File.ReadAllBytesAsync(Path.Combine(folder["b"], "model.safetensors")));
    }

    [Fact]
    public async Task A_calibrated_run_killed_again_and_again_ends_with_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        string[] Arguments(string output) => ["compress", PareRun.SampleModel, "-o", folder[output], "--method", "sparsegpt", "--pattern", "2:4",
            "--calibration", PareRun.SampleText, "--samples", "6", "--window", "128", "--threads", "2"];
        var whole = await PareRun.Of(Arguments("whole"));
        Assert.True(whole.Code == 0, whole.Error);
        var journal = Path.Combine(folder["killed.run"], "journal.jsonl");
        var random = new Random(5);
        var (kills, before) = (0, 0L);
        for (; kills < 12; kills++)
        {
            using var process = PareRun.Start(Arguments("killed"));
            // As soon as a block is done, or a moment after: often while the next one is calibrated, changed, stored or run.
            while (!process.HasExited && Length() <= before) await Task.Delay(1);
            await Task.Delay(random.Next(40));
            if (process.HasExited) break;
            process.Kill();
            await process.WaitForExitAsync();
            Assert.False(Directory.Exists(folder["killed"]));
            before = Length();
        }

        Assert.True(kills >= 2, "the run ended before it was killed; give it more windows");
        var last = await PareRun.Of([.. Arguments("killed"), "--force"]);
        Assert.True(last.Code == 0, last.Error);
        Assert.False(Directory.Exists(folder["killed.run"]));
        foreach (var file in (string[])["model.safetensors", "pare.json"])
            Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(folder["whole"], file)), await File.ReadAllBytesAsync(Path.Combine(folder["killed"], file)));

        long Length() => File.Exists(journal) ? new FileInfo(journal).Length : 0;
    }

    [Fact]
    public async Task The_surgeon_killed_again_and_again_ends_with_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        string[] Arguments(string output) => ["compress", PareRun.SampleModel, "-o", folder[output], "--method", "surgeon", "--sparsity", "0.2", "--shots", "12",
            "--calibration", PareRun.SampleText, "--samples", "6", "--window", "128", "--threads", "2"];
        var whole = await PareRun.Of([.. Arguments("whole"), "--json", "--report", folder["page.html"]]);
        Assert.True(whole.Code == 0, whole.Error);
        Assert.Contains("Perplexity by the share that was removed", await File.ReadAllTextAsync(folder["page.html"]), StringComparison.Ordinal);
        Assert.Equal(12, whole.Json["shots"]!.AsArray().Count);
        var random = new Random(21);
        for (var kill = 0; kill < 6; kill++)
        {
            using var process = PareRun.Start(Arguments("killed"));
            // Killed as soon as the state of a shot appears, or a moment after: often while one is being written.
            var before = States(folder["killed.run"]);
            while (!process.HasExited && States(folder["killed.run"]) == before) await Task.Delay(1);
            await Task.Delay(random.Next(30));
            Assert.False(process.HasExited, "the run ended before it was killed; give it more shots");
            process.Kill();
            await process.WaitForExitAsync();
            Assert.False(Directory.Exists(folder["killed"]));
        }

        var last = await PareRun.Of(Arguments("killed"));
        Assert.True(last.Code == 0, last.Error);
        Assert.False(Directory.Exists(folder["killed.run"]));
        foreach (var file in (string[])["model.safetensors", "pare.json"])
            Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(folder["whole"], file)), await File.ReadAllBytesAsync(Path.Combine(folder["killed"], file)));

        static string States(string run) => Directory.Exists(run) ? string.Join(' ', Directory.GetDirectories(run).Order()) : "";
    }

    [Theory]
    [InlineData(2, "give either --recipe FILE or --method NAME")]
    [InlineData(2, "did you mean 'round-to-nearest'", "--method", "round-to-nearst", "--format", "q8_0")]
    [InlineData(2, "--format: is missing", "--method", "round-to-nearest")]
    [InlineData(2, "--format: 'q9'", "--method", "round-to-nearest", "--format", "q9")]
    [InlineData(2, "--sparsity: give either sparsity", "--method", "wanda")]
    [InlineData(2, "--sparsity: expected a share", "--method", "wanda", "--sparsity", "1.5")]
    [InlineData(2, "--pattern: expected N:M with M from 2 to 16", "--method", "sparsegpt", "--pattern", "5:4")]
    [InlineData(2, "--format: give either format", "--method", "gptq")]
    [InlineData(2, "--bits: expected 2 to 8 bits", "--method", "gptq", "--bits", "9")]
    [InlineData(1, "sparsegpt looks at the model's activations", "--method", "sparsegpt", "--pattern", "2:4")]
    [InlineData(1, "input columns of model.layers.0.mlp.down_proj; use 2, 4 for M", "--method", "magnitude", "--pattern", "2:8")]
    [InlineData(1, "there is no file", "--method", "wanda", "--sparsity", "0.5", "--calibration", "no-such.txt")]
    [InlineData(2, "go with --method", "--recipe", "r.yaml", "--format", "q8_0")]
    [InlineData(1, "no-such.yaml", "--recipe", "no-such.yaml")]
    [InlineData(1, "model.nothing.*", "--method", "round-to-nearest", "--format", "q8_0", "--sites", "model.nothing.*")]
    public async Task What_does_not_fit_is_explained_and_nothing_is_written(int code, string expected, params string[] options)
    {
        using var folder = new TemporaryFolder();
        var run = await PareRun.Of(["compress", PareRun.SampleModel, "-o", folder["out"], .. options]);
        Assert.Equal(code, run.Code);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Root));
    }

    [Fact]
    public async Task A_cancelled_compression_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await Program.RunAsync(["compress", PareRun.SampleModel, "-o", folder["out"], .. ToQ8], output, error, null, cancelled.Token);
        Assert.Equal(1, code);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Root));
    }

    [Fact]
    public async Task A_plan_tells_the_size_and_writes_nothing()
    {
        using var folder = new TemporaryFolder();
        var plan = await PareRun.Of(["compress", PareRun.SampleModel, "-o", folder["out"], .. ToQ8, "--plan", "--json"]);
        Assert.Equal(0, plan.Code);
        Assert.True(plan.Json["plan"]!["diskBytes"]!.GetValue<long>() > 300_000);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Root));
    }
}
