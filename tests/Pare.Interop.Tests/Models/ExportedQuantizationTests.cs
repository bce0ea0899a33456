using Pare.Formats;
using Pare.Models;
using Pare.TestSupport;

namespace Pare.Interop.Tests.Models;

/// <summary>Quantized GGUF exports beside the files that llama.cpp's own quantizer makes of the same 16-bit file: the same formats, the same bytes.</summary>
public sealed class ExportedQuantizationTests : IClassFixture<LlamaFixture>
{
    // 576 columns are no whole super-blocks of 256: for Q4_K and Q6_K most matrices take the fallbacks, the down projections of 1536 do not.
    [InteropTheory(NeedsShared = true)]
    [InlineData(ElementType.Q8_0, LlamaFileType.Q8_0)]
    [InlineData(ElementType.Q4_0, LlamaFileType.Q4_0)]
    [InlineData(ElementType.Q4_1, LlamaFileType.Q4_1)]
    [InlineData(ElementType.Q4_K, LlamaFileType.Q4_K_S)]
    [InlineData(ElementType.Q6_K, LlamaFileType.Q6_K)]
    [InlineData(ElementType.BF16, LlamaFileType.BF16)]
    internal void Every_tensor_has_the_same_bytes(ElementType format, LlamaFileType fileType)
    {
        using var folder = new TemporaryFolder();
        var source = folder.File("f16.gguf");
        LlamaModel.Quantize(SharedFiles.Path("models", "SmolLM2-135M-Instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"), source, LlamaFileType.F16);
        var oursPath = folder.File("ours.gguf");
        var theirsPath = folder.File("theirs.gguf");
        LlamaModel.Quantize(source, theirsPath, fileType, pure: true);
        using (var model = Model.Open(source)) ModelExporter.Export(model, oursPath, new ExportOptions { Format = format, EmbeddingFormat = format });
        using var ours = GgufFile.Open(oursPath);
        using var theirs = GgufFile.Open(theirsPath);
        Assert.Equal(theirs.Tensors.Keys.Order(StringComparer.Ordinal), ours.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, expected) in theirs.Tensors)
        {
            var actual = ours.Tensors[name];
            Assert.Equal((name, expected.Type, string.Join('x', expected.Shape)), (name, actual.Type, string.Join('x', actual.Shape)));
            for (long row = 0; row < expected.Rows; row++)
            {
                Assert.True(expected.RowBytes(row).SequenceEqual(actual.RowBytes(row)), $"{name} ({expected.Type}), row {row}");
            }
        }
    }
}
