namespace Pare.Cli.Tests;

public sealed class MisuseTests
{
    [Theory]
    [InlineData("there is no such option", "info", "--bogus")]
    [InlineData("Unrecognized", "info", "MODEL", "--bogus")]
    [InlineData("MODEL", "info")]
    [InlineData("nothing to measure", "eval", "MODEL")]
    [InlineData("give one of them", "eval", "MODEL", "--perplexity", "a", "--tokens", "b")]
    [InlineData("--window does not go with --tokens", "eval", "MODEL", "--tokens", "b", "--window", "5")]
    [InlineData("--perplexity TEXT", "eval", "MODEL", "--tasks", "piqa", "--data", ".", "--against", "MODEL")]
    [InlineData("--data DIR", "eval", "MODEL", "--tasks", "piqa")]
    [InlineData("known are", "eval", "MODEL", "--tasks", "nope", "--data", ".")]
    [InlineData("--window 1: expected a whole number of at least 2", "eval", "MODEL", "--perplexity", "a", "--window", "1")]
    [InlineData("--threads x", "eval", "MODEL", "--perplexity", "a", "--threads", "x")]
    [InlineData("wikitext2", "eval", "MODEL", "--perplexity", "a", "--protocol", "other")]
    [InlineData("the model was made for at most 512", "eval", "MODEL", "--perplexity", "TEXT", "--window", "513")]
    [InlineData("--temperature -1: expected a number of at least 0", "run", "MODEL", "-p", "a", "--temperature", "-1")]
    [InlineData("--top-p 1.5", "run", "MODEL", "-p", "a", "--top-p", "1.5")]
    [InlineData("--seed x", "run", "MODEL", "-p", "a", "--seed", "x")]
    [InlineData("no chat template", "run", "MODEL")]
    [InlineData("--json needs a prompt", "run", "MODEL", "--json")]
    [InlineData("leaves no room in a context of 3", "run", "MODEL", "-p", "Once upon a time", "--context", "3")]
    [InlineData("-o", "export", "MODEL")]
    [InlineData("--format zz: no such format", "export", "MODEL", "-o", "out.gguf", "--format", "zz")]
    [InlineData("give either a MODEL or --shape", "bench")]
    [InlineData("give either a MODEL or --shape", "bench", "MODEL", "--shape", "1.1b")]
    [InlineData("--format is that of random weights", "bench", "MODEL", "--format", "q8_0")]
    [InlineData("no shape", "bench", "--shape", "9000b")]
    [InlineData("Unrecognized", "teach", "MODEL")]
    public async Task Misuse_is_explained_in_one_line_and_gives_exit_code_2(string expected, params string[] args)
    {
        var run = await PareRun.Of([.. args.Select(Real)]);
        Assert.Equal(2, run.Code);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.StartsWith("pare: ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("(Parameter", run.Error, StringComparison.Ordinal);
        if (!args.Contains("--json")) Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task With_json_misuse_is_an_object_too()
    {
        var run = await PareRun.Of("eval", PareRun.SampleModel, "--json");
        Assert.Equal(2, run.Code);
        Assert.Equal("misuse", run.Json["error"]!["kind"]!.GetValue<string>());
        Assert.Contains("nothing to measure", run.Json["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    private static string Real(string argument) => argument switch { "MODEL" => PareRun.SampleModel, "TEXT" => PareRun.SampleText, _ => argument };
}
