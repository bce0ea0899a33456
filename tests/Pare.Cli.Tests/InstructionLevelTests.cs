using System.Diagnostics;
using System.Text.Json.Nodes;
using Pare.TestSupport;

namespace Pare.Cli.Tests;

/// <summary>Whole models give the same bits with AVX-512, AVX2, SSE and no vectors at all: seen in all digits of perplexities, and in what is written token by token.</summary>
public sealed class InstructionLevelTests
{
    private static readonly string s_model = SharedFiles.InRepository("models", "pare-llama-5m");
    private static readonly string s_text = SharedFiles.InRepository("models", "wikipedia.txt");

    // The switch, and what the command must not name as its instructions then.
    private static readonly (string Switch, string Absent)[] s_levels = [("DOTNET_EnableAVX512", "AVX-512"), ("DOTNET_EnableAVX2", "AVX2"), ("DOTNET_EnableHWIntrinsic", "SSE")];

    [Theory]
    [InlineData("bf16", "float32", "f32")]
    [InlineData("bf16", "float32", "q8_0")]
    [InlineData("q4_k", "int8", "f16")]
    [InlineData("q8_0", "int8", "q8_0")]
    [InlineData("q5_1", "float32", "f16")]
    [InlineData("f16", "float32", "f32")]
    [InlineData("lut4", "float32", "f16")]
    public async Task Perplexity_and_text_are_the_same_at_every_level(string format, string activations, string cache)
    {
        using var folder = new TemporaryFolder();
        var model = folder["model"];
        string[] method = format == "lut4"
            ? ["--method", "squeezellm", "--bits", "4", "--calibration", s_text, "--samples", "2", "--window", "64"]
            : ["--method", "round-to-nearest", "--format", format];
        Assert.Equal(0, (await PareRun.Of(["compress", s_model, "-o", model, .. method, "--quiet"])).Code);
        string[] options = ["--activations", activations, "--kv-cache", cache, "--json", "--quiet"];
        string[] perplexity = ["eval", model, "--perplexity", s_text, "--protocol", "plain", "--window", "96", "--windows", "2", .. options];
        string[] text = ["run", model, "-p", "The city of London is", "-n", "24", "--temperature", "1", "--seed", "3", .. options];
        var (expected, written) = (Perplexity(await Output(perplexity, null)), Text(await Output(text, null)));
        foreach (var (name, absent) in s_levels)
        {
            var output = await Output(perplexity, name);
            Assert.DoesNotContain(absent, output["protocol"]!["machine"]!["instructionSet"]!.GetValue<string>(), StringComparison.Ordinal);
            Assert.Equal((name, expected), (name, Perplexity(output)));
            Assert.Equal((name, written), (name, Text(await Output(text, name))));
        }
    }

    private static string Perplexity(JsonNode output) => output["perplexity"]!.ToJsonString();

    private static string Text(JsonNode output) => output["text"]!.GetValue<string>();

    private static async Task<JsonNode> Output(string[] arguments, string? switchedOff)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, .. arguments]) { RedirectStandardOutput = true };
        if (switchedOff is not null) start.Environment[switchedOff] = "0";
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return JsonNode.Parse(output)!;
    }
}
