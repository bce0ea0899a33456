using Pare.Formats;
using Pare.Interop.Tests.Formats;
using Pare.Models;
using Pare.TestSupport;

namespace Pare.Interop.Tests.Models;

/// <summary>The repository's sample model as GGUF: llama.cpp and @huggingface/gguf read the export, and llama.cpp runs it alike.</summary>
public sealed class SampleModelTests : IClassFixture<LlamaFixture>
{
    private const string Story = "Once upon a time, there was a little girl named Lily. She loved to play outside in the park.\nOne day — it was sunny! — she saw a big, red ball.";

    // An FFN of 172 is no whole number of blocks of 32, so the quantized exports hold fallbacks too.
    [InteropTheory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.Q8_0)]
    [InlineData(ElementType.Q4_0)]
    [InlineData(ElementType.Q4_K)]
    internal void Exports_are_read_and_run(ElementType format)
    {
        using var folder = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", "stories260K"));
        var path = folder.File("stories.gguf");
        ModelExporter.Export(model, path, new ExportOptions { Format = format });
        GgufReaders.AssertReadAlike(path);
        using var theirs = LlamaModel.Open(path);
        Assert.Equal(model.Config.Layers.Count, theirs.LayerCount);
        var tokens = theirs.Tokenize(Story, addSpecial: true, parseSpecial: false);
        Assert.Equal(model.Tokenizer.Encode(Story), tokens);
        Assert.Equal(Story, theirs.Detokenize(tokens.AsSpan(1), unparseSpecial: false).TrimStart());
        using var exported = Model.Open(path);
        using var context = theirs.CreateContext(new LlamaContextOptions { ContextLength = 256, CacheType = GgmlType.F32 });
        var agreement = ModelAgreement.Measure(exported, context, tokens);
        // llama.cpp rounds activations to the precision of the weights' format: nothing, 16 bits, 8 bits.
        var (mean, largest, perplexity) = format switch
        {
            ElementType.F32 => (1e-5, 1e-4, 1e-5),
            ElementType.F16 => (0.005, 0.02, 0.001),
            _ => (0.1, 1.0, 0.05),
        };
        agreement.AssertWithin(mean, largest, perplexity);
    }

    /// <summary>The trained Llama sample: its perplexity on held-out text is the same in llama.cpp.</summary>
    [InteropTheory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.Q8_0)]
    internal void The_trained_sample_has_the_same_perplexity(ElementType format)
    {
        using var folder = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", "pare-llama-5m"));
        var path = folder.File("llama.gguf");
        ModelExporter.Export(model, path, new ExportOptions { Format = format });
        GgufReaders.AssertReadAlike(path);
        using var theirs = LlamaModel.Open(path);
        var text = File.ReadAllText(SharedFiles.InRepository("models", "wikipedia.txt"))[..2500];
        var tokens = theirs.Tokenize(text, addSpecial: false, parseSpecial: false);
        Assert.Equal(model.Tokenizer.Encode(text), tokens);
        Assert.InRange(tokens.Length, 256, 1500);
        using var exported = Model.Open(path);
        using var context = theirs.CreateContext(new LlamaContextOptions { ContextLength = 512, CacheType = GgmlType.F32 });
        var agreement = ModelAgreement.Measure(exported, context, [.. tokens.Take(512)]);
        // llama.cpp rounds activations to the precision of the weights' format: nothing, 8 bits of mantissa, 8 bits.
        var (mean, largest, perplexity) = format switch
        {
            ElementType.F32 => (1e-5, 1e-4, 1e-5),
            ElementType.BF16 => (0.03, 0.3, 0.005),
            _ => (0.1, 1.0, 0.02),
        };
        agreement.AssertWithin(mean, largest, perplexity);
    }
}
