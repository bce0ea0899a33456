using Pare.TestSupport;

namespace Pare.Cli.Tests;

/// <summary>Help texts are compared with files in Snapshots/; PARE_UPDATE_SNAPSHOTS=1 writes them anew, for a look at the difference.</summary>
public sealed class HelpTests
{
    [Theory]
    [InlineData("pare")]
    [InlineData("info")]
    [InlineData("eval")]
    [InlineData("analyze")]
    [InlineData("run")]
    [InlineData("compress")]
    [InlineData("export")]
    [InlineData("bench")]
    [InlineData("train")]
    [InlineData("train-tokenizer")]
    [InlineData("supernet")]
    [InlineData("search")]
    [InlineData("front")]
    [InlineData("pick")]
    [InlineData("sweep")]
    public async Task Help_is_as_recorded(string command)
    {
        var run = await (command == "pare" ? PareRun.Of("--help") : PareRun.Of(command, "--help"));
        Assert.Equal(0, run.Code);
        Assert.Equal("", run.Error);
        var text = string.Join('\n', run.Output.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd()))
            .Replace(Path.GetFileNameWithoutExtension(Environment.ProcessPath) + " ", "pare ", StringComparison.Ordinal)
            .Replace("testhost ", "pare ", StringComparison.Ordinal);
        var file = SharedFiles.InRepository("tests", "Pare.Cli.Tests", "Snapshots", command + ".txt");
        if (Environment.GetEnvironmentVariable("PARE_UPDATE_SNAPSHOTS") == "1") await File.WriteAllTextAsync(file, text);
        Assert.Equal(await File.ReadAllTextAsync(file), text);
    }

    [Fact]
    public async Task Every_command_has_examples_that_parse()
    {
        var help = await PareRun.Of("--help");
        foreach (var command in new[] { "info", "eval", "analyze", "run", "compress", "export", "bench", "train", "train-tokenizer", "supernet", "search", "front", "pick", "sweep" })
        {
            Assert.Contains("  " + command, help.Output, StringComparison.Ordinal);
            Assert.Contains("Examples:\n  pare " + command, (await PareRun.Of(command, "--help")).Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Without_a_command_help_goes_to_standard_error_as_misuse()
    {
        var run = await PareRun.Of();
        Assert.Equal(2, run.Code);
        Assert.Equal("", run.Output);
        Assert.Contains("Commands:", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_version_is_shown()
    {
        var run = await PareRun.Of("--version");
        Assert.Equal(0, run.Code);
        Assert.Matches(@"^\d+\.\d+\.\d+", run.Output);
    }
}
