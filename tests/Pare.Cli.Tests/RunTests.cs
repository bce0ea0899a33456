namespace Pare.Cli.Tests;

public sealed class RunTests
{
    private const string Story = ", there was a little girl named Lily. She loved to play outside in the park.";

    [Fact]
    public async Task Run_continues_the_prompt_on_standard_output_and_tells_its_speed_on_standard_error()
    {
        var run = await PareRun.Of("run", PareRun.SampleModel, "-p", "Once upon a time", "-n", "40");
        Assert.Equal(0, run.Code);
        Assert.StartsWith(Story, run.Output, StringComparison.Ordinal);
        Assert.Matches(@"^\[prompt 5 tokens, .* tokens/s; text 40 tokens, .* tokens/s\]\n$", run.Error);
    }

    [Fact]
    public async Task Run_as_json_is_one_object()
    {
        var run = await PareRun.Of("run", PareRun.SampleModel, "-p", "Once upon a time", "-n", "8", "--json", "--quiet");
        Assert.Equal("", run.Error);
        Assert.StartsWith(run.Json["text"]!.GetValue<string>(), Story, StringComparison.Ordinal);
        Assert.Equal(8, run.Json["tokens"]!.GetValue<int>());
        Assert.Equal(8, run.Json["tokenIds"]!.AsArray().Count);
        Assert.Equal("maxTokens", run.Json["finishReason"]!.GetValue<string>());
        Assert.True(run.Json["decodeTokensPerSecond"]!.GetValue<double>() > 0);
        Assert.True(run.Json["prefillTokensPerSecond"]!.GetValue<double>() > 0);
    }

    [Fact]
    public async Task A_dash_reads_the_prompt_from_standard_input()
    {
        var run = await PareRun.WithInput("Once upon a time", "run", PareRun.SampleModel, "-p", "-", "-n", "40", "--quiet");
        Assert.StartsWith(Story, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_seed_fixes_the_text_whatever_the_threads()
    {
        async Task<string> Text(string seed, string threads) =>
            (await PareRun.Of("run", PareRun.SampleModel, "-p", "Tom", "-n", "30", "--temperature", "1", "--top-p", "0.95", "--seed", seed, "--threads", threads, "--quiet")).Output;

        Assert.Equal(await Text("7", "1"), await Text("7", "2"));
        Assert.NotEqual(await Text("7", "1"), await Text("8", "1"));
    }

    [Fact]
    public async Task A_stop_text_ends_the_text()
    {
        var run = await PareRun.Of("run", PareRun.SampleModel, "-p", "Once upon a time", "--stop", " She", "--json");
        Assert.Equal(", there was a little girl named Lily.", run.Json["text"]!.GetValue<string>());
        Assert.Equal("stopString", run.Json["finishReason"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_plan_starts_nothing()
    {
        var run = await PareRun.Of("run", PareRun.SampleModel, "-p", "Once", "--plan", "--json");
        Assert.Equal(0, run.Code);
        Assert.True(run.Json["plan"]!["memoryBytes"]!.GetValue<long>() > 1_000_000);
        Assert.Null(run.Json["text"]);
        Assert.Contains("a prompt of", run.Json["plan"]!["notes"]![1]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(0, (await PareRun.Of("run", PareRun.SampleModel, "--plan", "--json")).Code);
    }
}
