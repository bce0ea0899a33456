using Pare.Formats;
using Pare.Models;
using Pare.Tests.Formats;
using Pare.Tests.Models.Support;
using Pare.TestSupport;

namespace Pare.Tests.Models;

public sealed class UnevenModelTests
{
    private static readonly (int, int, int)[] s_shapes = [(2, 1, 160), (1, 2, 96), (2, 2, 40)];
    private static readonly (int, int, int)[] s_missing = [(2, 1, 160), (0, 1, 96), (1, 2, 0)];

    [SharedTheory]
    [InlineData("llama")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    [InlineData("gemma2")]
    [InlineData("starcoder2")]
    [InlineData("granite")]
    public void Padding_keeps_the_function(string family)
    {
        foreach (var shapes in new[] { s_shapes, s_missing })
        {
            using var temporary = new TemporaryFolder();
            using (var whole = Model.Open(Families.PathOf(family))) UnevenModels.Write(whole, temporary.File("uneven"), shapes);
            using var uneven = Model.Open(temporary.File("uneven"));
            Assert.False(uneven.Config.IsUniform);
            Assert.Equal(shapes, uneven.Config.Layers.Select(layer => (layer.KeyValueHeads, layer.Heads / Math.Max(1, layer.KeyValueHeads) is 0 ? 1 : layer.Heads / Math.Max(1, layer.KeyValueHeads), layer.FfnSize)));
            var expected = Forward.Logits(uneven);
            ModelExporter.Export(uneven, temporary.File("even"), new ExportOptions { Pad = true });
            ModelExporter.Export(uneven, temporary.File("even.gguf"), new ExportOptions { Pad = true });
            foreach (var name in (string[])["even", "even.gguf"])
            {
                using var even = Model.Open(temporary.File(name));
                Assert.True(even.Config.IsUniform);
                // Longer sums of the same terms and zeros: only their order may differ.
                Assert.InRange(Forward.Difference(expected, Forward.Logits(even)), 0, 2e-6);
            }
        }
    }

    [SharedFact]
    public void Layers_that_differ_are_refused_by_name_without_padding()
    {
        using var temporary = new TemporaryFolder();
        using (var whole = Model.Open(Families.PathOf("qwen2"))) UnevenModels.Write(whole, temporary.File("uneven"), s_shapes);
        using var uneven = Model.Open(temporary.File("uneven"));
        foreach (var name in (string[])["out", "out.gguf"])
            Assert.Contains("--pad", Assert.Throws<ExportException>(() => ModelExporter.Export(uneven, temporary.File(name), new ExportOptions())).Message);
    }

    [SharedFact]
    public void An_uneven_Llama_is_a_GGUF_file_with_sizes_per_layer()
    {
        using var temporary = new TemporaryFolder();
        using (var whole = Model.Open(Families.PathOf("llama"))) UnevenModels.Write(whole, temporary.File("uneven"), s_shapes);
        using var uneven = Model.Open(temporary.File("uneven"));
        ModelExporter.Export(uneven, temporary.File("out.gguf"), new ExportOptions { Format = ElementType.F32 });
        using var back = Model.Open(temporary.File("out.gguf"));
        Assert.Equal(Families.Describe(uneven.Config), Families.Describe(back.Config));
        Families.AssertSameWeights(uneven, back);
    }
}
