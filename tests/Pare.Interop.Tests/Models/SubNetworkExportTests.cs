using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;
using Pare.TestSupport;
using Pare.Training;

namespace Pare.Interop.Tests.Models;

/// <summary>Sub-networks, with widths of their own in each layer where the family can say it: in memory, written, exported, and in the real llama.cpp they are the same model.</summary>
public sealed class SubNetworkExportTests : IClassFixture<LlamaFixture>
{
    // As for whole families: float32 sums in another order, and GELU by llama.cpp's table of 16-bit floats.
    private const double Exact = 1e-5;
    private const double Gelu = 1e-3;
    private const int Tokens = 48;

    [InteropTheory(NeedsShared = true)]
    [InlineData("llama", true, false, "deci", Exact)]
    [InlineData("llama", true, true, "llama", Exact)]
    [InlineData("llama-tied-bias", true, true, "llama", Exact)]
    [InlineData("llama-tied-bias", false, false, "llama", Exact)]
    [InlineData("gpt-neox", false, false, "gptneox", Gelu)]
    [InlineData("gpt-neox", true, true, "gptneox", Gelu)]
    [InlineData("gpt2", false, false, "gpt2", Gelu)]
    [InlineData("gpt2", true, true, "gpt2", Gelu)]
    public void Logits_are_the_same_everywhere(string family, bool perLayer, bool pad, string architecture, double bound)
    {
        using var folder = new TemporaryFolder();
        using var whole = Model.Open(SharedFiles.Path("reference", "families", family));
        var shape = Shape(whole.Config, perLayer, groups: family == "llama");
        var order = ImportanceOrder.Unsorted(whole.Config) with { Neurons = [.. whole.Config.Layers.Select(layer => (IReadOnlyList<int>)[.. Enumerable.Range(0, layer.FfnSize).Reverse()])] };
        using var pool = new ComputePool(1);
        using var memory = SubNetworkModel.Create(whole, shape, order, pool);
        SubNetworkModel.Write(whole, shape, order, folder.File("written"), false, pool);
        using var written = Model.Open(folder.File("written"));
        Assert.Equal(!perLayer, written.Config.IsUniform);
        if (family == "llama") Assert.Contains(written.Config.Layers, layer => layer.KeyValueHeads < layer.Heads);
        Assert.Equal(family is "llama-tied-bias" or "gpt2", written.Config.TieWordEmbeddings);
        var path = folder.File("model.gguf");
        Assert.Equal(architecture, ModelExporter.Export(written, path, new ExportOptions { Format = ElementType.F32, Pad = pad }).Architecture);
        using var read = Model.Open(path);

        var expected = Logits(memory);
        AssertNear(expected, Logits(written), 0);
        // Padding adds zeros to sums that are then made in other groups.
        AssertNear(expected, Logits(read), pad ? 1e-5 : 0);
        using var theirs = LlamaModel.Open(path);
        using var context = theirs.CreateContext(new LlamaContextOptions { ContextLength = 64, CacheType = GgmlType.F32 });
        context.Decode(Ids(whole.Config), allLogits: true);
        AssertNear(expected, [.. Enumerable.Range(0, Tokens).SelectMany(i => context.Logits(i).ToArray())], bound);
    }

    // Without the second layer; of those that stay, neurons and, where there are groups, key-value heads that differ by layer.
    private static SubNetwork Shape(ModelConfig config, bool perLayer, bool groups)
    {
        var shape = SubNetwork.Whole(config);
        return shape with
        {
            Layers = [.. shape.Layers.Where(layer => layer.Source != 1).Select((layer, i) => layer with
            {
                FfnSize = layer.FfnSize / (perLayer ? 2 + i : 2) / 32 * 32,
                KeyValueHeads = perLayer && groups && i == 0 ? layer.KeyValueHeads / 2 : layer.KeyValueHeads,
            })],
        };
    }

    private static int[] Ids(ModelConfig config) => [.. Enumerable.Range(0, Tokens).Select(i => (i * 37 + 11) % config.VocabularySize)];

    private static float[] Logits(Model model)
    {
        using var engine = new InferenceEngine(model, new EngineOptions { Threads = 1 });
        using var cache = engine.CreateCache(Tokens);
        var hidden = new float[Tokens * engine.Config.HiddenSize];
        engine.Forward(Ids(engine.Config), cache, hidden);
        var logits = new float[Tokens * engine.Config.VocabularySize];
        engine.Logits(hidden, Tokens, logits);
        return logits;
    }

    private static void AssertNear(float[] expected, float[] found, double bound)
    {
        Assert.Equal(expected.Length, found.Length);
        var largest = expected.Max(Math.Abs);
        var difference = expected.Zip(found, (a, b) => Math.Abs((double)a - b)).Max();
        Assert.True(difference <= bound * largest, $"logits differ by {difference / largest:g3} of the largest, {bound} allowed; llama.cpp warned: {LlamaLog.Text}");
    }
}
