namespace Pare.Cli.Tests;

public sealed class ExportTests
{
    [Fact]
    public async Task An_export_can_be_read_again_and_reports_what_it_weighs()
    {
        using var folder = new TemporaryFolder();
        var export = await PareRun.Of("export", PareRun.SampleModel, "-o", folder["stories.gguf"], "--format", "q8_0", "--json");
        Assert.True(export.Code == 0, export.Error);
        Assert.Equal("gguf", export.Json["container"]!.GetValue<string>());
        Assert.Equal(4 * 260032, export.Json["weightBytesBefore"]!.GetValue<long>());
        // The five down projections have rows of 172, which blocks of 32 do not divide.
        Assert.Equal(5, export.Json["fallbacks"]!.AsArray().Count);
        Assert.Equal("f16", export.Json["fallbacks"]![0]!["format"]!.GetValue<string>());

        var info = await PareRun.Of("info", folder["stories.gguf"], "--json");
        Assert.Equal(export.Json["weightBytes"]!.GetValue<long>(), info.Json["weightBytes"]!.GetValue<long>());
        Assert.Equal(export.Json["bitsPerWeight"]!.GetValue<double>(), info.Json["bitsPerWeight"]!.GetValue<double>(), 1e-12);
    }

    [Fact]
    public async Task What_is_there_is_replaced_only_by_force()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["stories.gguf"], "precious");
        var refused = await PareRun.Of("export", PareRun.SampleModel, "-o", folder["stories.gguf"], "--format", "f16");
        Assert.Equal(1, refused.Code);
        Assert.Contains("--force", refused.Error, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(folder["stories.gguf"]));

        var forced = await PareRun.Of("export", PareRun.SampleModel, "-o", folder["stories.gguf"], "--format", "f16", "--force");
        Assert.Equal(0, forced.Code);
        Assert.Contains("wrote ", forced.Output, StringComparison.Ordinal);
        Assert.Equal([folder["stories.gguf"]], Directory.GetFiles(folder.Root));
    }

    [Fact]
    public async Task A_plan_writes_nothing()
    {
        using var folder = new TemporaryFolder();
        var run = await PareRun.Of("export", PareRun.SampleModel, "-o", folder["stories.gguf"], "--format", "q4_0", "--plan", "--json");
        Assert.Equal(0, run.Code);
        Assert.True(run.Json["plan"]!["diskBytes"]!.GetValue<long>() > 100_000);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Root));
    }
}
