using Pare.Formats;
using Pare.Models;
using Pare.TestSupport;

namespace Pare.Interop.Tests.Models;

/// <summary>Every family that llama.cpp runs, exported as GGUF with float32 weights: the real llama.cpp gives the recorded logits.</summary>
public sealed class ExportedFamilyTests : IClassFixture<LlamaFixture>
{
    // Float32 sums in another order over three layers: a few units in the last place.
    private const double Exact = 1e-5;

    // llama.cpp looks GELU up in a table of 16-bit floats: 2⁻¹¹ of every activation, and that is most of the difference.
    private const double Gelu = 1e-3;

    [InteropTheory(NeedsShared = true)]
    [InlineData("llama", Exact)]
    [InlineData("llama-rope-linear", Exact)]
    [InlineData("llama-rope-llama3", Exact)]
    [InlineData("llama-rope-yarn", Exact)]
    [InlineData("llama-tied-bias", Exact)]
    [InlineData("mistral-sliding", Exact)]
    [InlineData("qwen2", Exact)]
    [InlineData("qwen3", Exact)]
    [InlineData("gpt2", Gelu)]
    [InlineData("gpt-neox", Gelu)]
    [InlineData("phi3", Exact)]
    [InlineData("phi3-longrope", Exact)]
    [InlineData("gemma", Gelu)]
    [InlineData("gemma2", Gelu)]
    [InlineData("gemma3", Gelu)]
    [InlineData("olmo2", Exact)]
    [InlineData("granite", Exact)]
    [InlineData("starcoder2", Gelu)]
    public void Logits_are_the_recorded_ones(string family, double bound)
    {
        using var folder = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.Path("reference", "families", family));
        var path = folder.File("model.gguf");
        var report = ModelExporter.Export(model, path, new ExportOptions { Format = ElementType.F32 });
        var recorded = RecordedTensors.Read(SharedFiles.Path("reference", "families", family, "expected.safetensors"));
        var length = recorded.Shape("input_ids")[1];
        var tokens = recorded.Integers("input_ids").AsSpan(0, length);
        var expected = recorded.Floats("logits");
        using var theirs = LlamaModel.Open(path);
        using var context = theirs.CreateContext(new LlamaContextOptions { ContextLength = 128, CacheType = GgmlType.F32 });
        context.Decode(tokens, allLogits: true);
        // llama.cpp has no sliding window for Mistral, which the export warns of: only what one window holds is the same.
        var compared = family == "mistral-sliding" ? model.Config.Layers[0].SlidingWindow!.Value : length;
        // One warning is that these models have no tokenizer.
        Assert.Equal(family is "mistral-sliding" or "gpt-neox" ? 2 : 1, report.Warnings.Count);
        double largest = 0, difference = 0;
        for (var i = 0; i < compared; i++)
        {
            var logits = context.Logits(i);
            for (var token = 0; token < logits.Length; token++)
            {
                largest = Math.Max(largest, Math.Abs(expected[i * logits.Length + token]));
                difference = Math.Max(difference, Math.Abs(expected[i * logits.Length + token] - logits[token]));
            }
        }

        Assert.True(difference < bound * largest, $"{family}: logits differ by {difference / largest:g3} of the largest; llama.cpp warned: {LlamaLog.Text}");
    }
}
