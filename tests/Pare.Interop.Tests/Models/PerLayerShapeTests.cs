using Pare.Models;

namespace Pare.Interop.Tests.Models;

/// <summary>Models whose layers differ in shape: which arrays the real llama.cpp takes, and that it computes what Pare does with them.</summary>
public sealed class PerLayerShapeTests : IClassFixture<LlamaFixture>
{
    private static readonly int[] Tokens = [.. Enumerable.Range(0, 48).Select(i => i * 37 % LayeredLlamaFile.Vocabulary)];

    public static TheoryData<int[], int[], int[]> Shapes => new()
    {
        { [4, 4, 4], [2, 2, 2], [64, 32, 96] },
        { [4, 2, 4], [2, 1, 1], [64, 64, 64] },
        { [6, 2, 4], [2, 2, 1], [64, 32, 96] },
        { [4, 0, 4], [2, 0, 1], [64, 32, 96] },
    };

    [InteropTheory]
    [MemberData(nameof(Shapes))]
    public void Both_compute_the_same(int[] heads, int[] keyValueHeads, int[] ffn)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("layered.gguf");
        LayeredLlamaFile.Write(path, "deci", heads, keyValueHeads, ffn);
        using var model = Model.Open(path);
        Assert.False(model.Config.IsUniform);
        AssertAgree(model, path);

        var exported = folder.File("exported.gguf");
        Assert.Equal("deci", ModelExporter.Export(model, exported, new ExportOptions()).Architecture);
        AssertAgree(model, exported);
    }

    [InteropTheory]
    [MemberData(nameof(Shapes))]
    public void Padded_to_one_shape_it_is_a_llama_of_the_same_function(int[] heads, int[] keyValueHeads, int[] ffn)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("layered.gguf");
        LayeredLlamaFile.Write(path, "deci", heads, keyValueHeads, ffn);
        using var model = Model.Open(path);
        var padded = folder.File("padded.gguf");
        Assert.Equal("llama", ModelExporter.Export(model, padded, new ExportOptions { Pad = true }).Architecture);
        AssertAgree(model, padded);
    }

    // Why the exporter writes such models as "deci": should a later llama.cpp read arrays for "llama", the exporter can follow.
    [InteropFact]
    public void The_loader_of_llama_takes_one_shape_for_all_layers()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("layered.gguf");
        LayeredLlamaFile.Write(path, "llama", [4, 4, 4], [2, 2, 2], [64, 32, 96]);
        Assert.Contains("wrong shape", Assert.Throws<LlamaException>(() => LlamaModel.Open(path)).Message, StringComparison.Ordinal);
    }

    private static void AssertAgree(Model model, string path)
    {
        using var theirs = LlamaModel.Open(path);
        using var context = theirs.CreateContext(new LlamaContextOptions { ContextLength = 64, CacheType = GgmlType.F32 });
        ModelAgreement.Measure(model, context, Tokens).AssertWithin(mean: 1e-5, largestLikely: 1e-4, perplexity: 1e-5);
    }
}
