namespace Pare.Cli.Tests;

public sealed class InfoTests
{
    [Fact]
    public async Task Info_as_json_has_the_facts_of_the_sample_model()
    {
        var run = await PareRun.Of("info", PareRun.SampleModel, "--json");
        Assert.Equal(0, run.Code);
        Assert.Equal("llama", run.Json["family"]!.GetValue<string>());
        Assert.Equal(260032, run.Json["parameters"]!.GetValue<long>());
        Assert.Equal(4 * 260032, run.Json["weightBytes"]!.GetValue<long>());
        Assert.Equal(32.0, run.Json["bitsPerWeight"]!.GetValue<double>());
        Assert.Equal(4 * 260032, run.Json["bytesByFormat"]!["f32"]!.GetValue<long>());
        Assert.Equal(512, run.Json["contextLength"]!.GetValue<int>());
        Assert.Equal(5, run.Json["layers"]!.AsArray().Count);
        Assert.Equal(172, run.Json["layers"]![0]!["ffnSize"]!.GetValue<int>());
        Assert.Equal(512, run.Json["tokenizer"]!["vocabularySize"]!.GetValue<int>());
        Assert.True(run.Json["tokenizer"]!["addsBos"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Info_for_people_names_shapes_and_sizes()
    {
        var run = await PareRun.Of("info", PareRun.SampleModel);
        Assert.Contains("8 query and 4 key-value heads of 8, FFN 172", run.Output, StringComparison.Ordinal);
        Assert.Contains("1.04 MB, 32.00 bits per weight", run.Output, StringComparison.Ordinal);
        Assert.Equal("", run.Error);
    }
}
