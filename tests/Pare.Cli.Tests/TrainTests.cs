using System.Text.Json.Nodes;
using Pare.Models;

namespace Pare.Cli.Tests;

public sealed class TrainTests
{
    private const string Config = """
        {"model_type":"llama","hidden_size":16,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"intermediate_size":24,
         "vocab_size":300,"max_position_embeddings":64,"tie_word_embeddings":true}
        """;

    [Fact]
    public async Task A_model_is_trained_from_a_configuration_and_can_be_trained_on()
    {
        using var folder = new TemporaryFolder();
        var start = await Configuration(folder);
        var run = await PareRun.Of("train", start, "--data", PareRun.SampleText, "--validation", PareRun.SampleText, "-o", folder["out"], "--window", "32",
            "--steps", "30", "--learning-rate", "0.01", "--validate-every", "10", "--report", folder["page.html"], "--json");
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(30, run.Json["steps"]!.GetValue<int>());
        Assert.Equal(30 * 8 * 32, run.Json["tokens"]!.GetValue<long>());
        Assert.Equal(0.01, run.Json["learningRate"]!.GetValue<double>());
        // Guessing among 300 tokens has the perplexity 300.
        Assert.InRange(run.Json["validationPerplexity"]!.GetValue<double>(), 2, 200);
        Assert.False(Directory.Exists(folder["out.training"]));
        Assert.Equal(30, (await File.ReadAllLinesAsync(Path.Combine(folder["out"], "training.jsonl"))).Length);
        Assert.Contains("Loss over the tokens", await File.ReadAllTextAsync(folder["page.html"]), StringComparison.Ordinal);
        using (var model = Model.Open(folder["out"])) Assert.Equal("scratch", model.Provenance!["training"]!["from"]!.GetValue<string>());
        var evaluated = await PareRun.Of("eval", folder["out"], "--perplexity", PareRun.SampleText, "--protocol", "plain", "--window", "32", "--json");
        Assert.True(evaluated.Code == 0, evaluated.Error);

        foreach (var more in (string[][])[[], ["--lora", "4", "--lora-sites", "query,down", "--stream-blocks"], ["--teacher", folder["out"], "--distillation", "jensen-shannon"]])
        {
            var target = folder["more" + string.Concat(more.Take(1))];
            var on = await PareRun.Of(["train", folder["out"], "--data", PareRun.SampleText, "-o", target, "--window", "32", "--steps", "5", "--format", "f32", "--json", .. more]);
            Assert.True(on.Code == 0, on.Error);
            Assert.Equal(64, on.Json["from"]!.GetValue<string>().Length);
            Assert.InRange(on.Json["loss"]!.GetValue<double>(), 0.01, 5.2);
        }
    }

    [Fact]
    public async Task A_run_that_is_killed_again_and_again_ends_with_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        var start = await Configuration(folder);
        string[] Arguments(string output) => ["train", start, "--data", PareRun.SampleText, "--validation", PareRun.SampleText, "-o", folder[output], "--window", "32", "--batch", "4",
            "--steps", "400", "--checkpoint-every", "7", "--validate-every", "50", "--optimizer", "muon", "--threads", "2"];
        var whole = await PareRun.Of(Arguments("whole"));
        Assert.True(whole.Code == 0, whole.Error);
        var random = new Random(20);
        for (var kill = 0; kill < 20; kill++)
        {
            using var process = PareRun.Start([.. Arguments("killed"), "--resume"]);
            // Killed as soon as the folder of a checkpoint appears, or a moment after: often while one is being written.
            var before = Latest(folder["killed.training"]);
            while (!process.HasExited && Latest(folder["killed.training"]) == before) await Task.Delay(1);
            await Task.Delay(random.Next(40));
            Assert.False(process.HasExited, "the run ended before it was killed; give it more steps");
            Assert.NotEqual(before, Latest(folder["killed.training"]));
            process.Kill();
            await process.WaitForExitAsync();
            Assert.False(Directory.Exists(folder["killed"]));
        }

        var last = await PareRun.Of([.. Arguments("killed"), "--resume"]);
        Assert.True(last.Code == 0, last.Error);
        foreach (var file in (string[])["model.safetensors", "config.json", "pare.json", "tokenizer.json"])
            Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(folder["whole"], file)), await File.ReadAllBytesAsync(Path.Combine(folder["killed"], file)));
    }

    [Fact]
    public async Task A_plan_names_memory_disk_and_time_and_starts_nothing()
    {
        using var folder = new TemporaryFolder();
        var start = await Configuration(folder);
        var run = await PareRun.Of("train", start, "--data", PareRun.SampleText, "-o", folder["out"], "--window", "32", "--plan", "--json");
        Assert.True(run.Code == 0, run.Error);
        var plan = run.Json["plan"]!.AsObject();
        Assert.All((string[])["memoryBytes", "diskBytes", "seconds"], key => Assert.True(plan[key]!.GetValue<double>() > 0));
        Assert.False(Directory.Exists(folder["out"]) || Directory.Exists(folder["out.training"]));
    }

    [Theory]
    [InlineData("holds no text", "", "--steps", "3")]
    [InlineData("one window needs 33", "Once upon a time", "--steps", "3")]
    [InlineData("has none yet; train it in full first", "*", "--lora", "4")]
    [InlineData("lower learning rate", "*", "--steps", "40", "--learning-rate", "1e30", "--warmup", "0")]
    [InlineData("--lora-alpha goes with --lora", "*", "--lora-alpha", "4")]
    [InlineData("no such site; expected query", "*", "--lora", "4", "--lora-sites", "query,nose")]
    [InlineData("use adamw", "*", "--lora", "4", "--optimizer", "muon")]
    public async Task What_cannot_be_trained_is_refused_with_the_remedy(string message, string text, params string[] options)
    {
        using var folder = new TemporaryFolder();
        var start = await Configuration(folder);
        var data = folder["data.txt"];
        await File.WriteAllTextAsync(data, text == "*" ? await File.ReadAllTextAsync(PareRun.SampleText) : text);
        var run = await PareRun.Of(["train", start, "--data", data, "-o", folder["out"], "--window", "32", .. options]);
        Assert.NotEqual(0, run.Code);
        Assert.Matches(message, run.Error);
        Assert.False(Directory.Exists(folder["out"]));
    }

    [Fact]
    public async Task A_teacher_of_another_vocabulary_and_a_second_run_over_the_first_are_refused()
    {
        using var folder = new TemporaryFolder();
        var start = await Configuration(folder);
        string[] arguments = ["train", start, "--data", PareRun.SampleText, "-o", folder["out"], "--window", "32", "--steps", "2"];
        var teacher = await PareRun.Of([.. arguments, "--teacher", PareRun.SampleModel]);
        Assert.Equal(2, teacher.Code);
        Assert.Contains("same tokenizer", teacher.Error, StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(folder["out.training"], "step-00000001"));
        var second = await PareRun.Of(arguments);
        Assert.Equal(1, second.Code);
        Assert.Contains("--resume", second.Error, StringComparison.Ordinal);
    }

    private static async Task<string> Configuration(TemporaryFolder folder)
    {
        var tokenizer = await PareRun.Of("train-tokenizer", PareRun.SampleText, "-o", folder["start"], "--vocabulary-size", "300");
        Assert.True(tokenizer.Code == 0, tokenizer.Error);
        await File.WriteAllTextAsync(Path.Combine(folder["start"], "config.json"), JsonNode.Parse(Config)!.ToJsonString());
        return folder["start"];
    }

    private static string? Latest(string training) =>
        !Directory.Exists(training) ? null : Directory.GetDirectories(training, "step-*").Where(path => !path.Contains(".partial", StringComparison.Ordinal)).Order(StringComparer.Ordinal).LastOrDefault();
}
