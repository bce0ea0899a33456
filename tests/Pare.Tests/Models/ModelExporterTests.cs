using Pare.Formats;
using Pare.Models;
using Pare.Tests.Formats;
using Pare.Tests.Models.Support;
using Pare.TestSupport;

namespace Pare.Tests.Models;

public sealed class ModelExporterTests
{
    [SharedTheory]
    [MemberData(nameof(Families.All), MemberType = typeof(Families))]
    public void A_folder_comes_back_bit_for_bit(string family)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Families.PathOf(family));
        ModelExporter.Export(model, temporary.File("out"), new ExportOptions());
        using var back = Model.Open(temporary.File("out"));
        Assert.Equal(Families.Describe(model.Config), Families.Describe(back.Config));
        Families.AssertSameWeights(model, back);
        Assert.Null(back.Provenance);
    }

    [SharedTheory]
    [MemberData(nameof(Families.InGguf), MemberType = typeof(Families))]
    public void A_GGUF_file_comes_back_with_the_same_function(string family)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Families.PathOf(family));
        var report = ModelExporter.Export(model, temporary.File("out.gguf"), new ExportOptions { Format = ElementType.F32 });
        using var back = Model.Open(temporary.File("out.gguf"));
        Assert.Equal(32, report.BitsPerWeight);
        // Gemma's norms are stored with 1 added, which rounds them at the last place of 1.
        Families.AssertSameWeights(model, back, family.StartsWith("gemma", StringComparison.Ordinal) ? 1.2e-7f : 0);
        if (family == "mistral-sliding")
        {
            Assert.Contains(report.Warnings, warning => warning.Contains("sliding window"));
            return;
        }

        Assert.Equal(Families.Describe(model.Config), Families.Describe(back.Config));
    }

    [SharedTheory]
    [MemberData(nameof(Families.InGguf), MemberType = typeof(Families))]
    public void A_folder_made_of_a_GGUF_file_has_the_same_function(string family)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Families.PathOf(family));
        ModelExporter.Export(model, temporary.File("out.gguf"), new ExportOptions { Format = ElementType.F32 });
        using var gguf = Model.Open(temporary.File("out.gguf"));
        ModelExporter.Export(gguf, temporary.File("folder"), new ExportOptions());
        using var back = Model.Open(temporary.File("folder"));
        Families.AssertSameWeights(gguf, back);
        Assert.Equal(Families.Describe(gguf.Config), Families.Describe(back.Config));
    }

    [SharedTheory]
    [InlineData("opt")]
    [InlineData("opt-350m-style")]
    public void OPT_is_refused_as_GGUF(string family)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Families.PathOf(family));
        var error = Assert.Throws<ExportException>(() => ModelExporter.Export(model, temporary.File("out.gguf"), new ExportOptions()));
        Assert.Contains("opt", error.Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary.Path));
    }

    [Fact]
    public void Rows_that_no_block_divides_fall_back_and_are_reported()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", "stories260K"));
        var report = ModelExporter.Export(model, temporary.File("out.gguf"), new ExportOptions { Format = ElementType.Q4_0 });
        // Rows of 64 take Q4_0, rows of 172 (down) no block format; the embeddings are Q8_0 by the rule for small formats.
        Assert.Equal(5, report.Fallbacks.Count);
        Assert.All(report.Fallbacks, fallback => Assert.Equal(("down_proj", ElementType.F16, 172),
            (fallback.Parameter.Split('.')[^2], fallback.Format, fallback.Columns)));
        using var back = Model.Open(temporary.File("out.gguf"));
        Assert.Equal(ElementType.Q8_0, back.GetWeight(new ParameterId(ParameterRole.TokenEmbedding)).Type);
        Assert.Equal(back.WeightBytes, report.WeightBytes);
        Assert.Equal(8.0 * back.WeightBytes / back.Graph.ParameterCount, report.BitsPerWeight, 1e-12);
    }

    [Fact]
    public void The_same_export_gives_the_same_bytes_with_any_number_of_threads()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", "stories260K"));
        foreach (var threads in (int[])[1, 2, 5])
        {
            using var pool = new Pare.Numerics.ComputePool(threads);
            ModelExporter.Export(model, temporary.File($"{threads}.gguf"), new ExportOptions { Format = ElementType.Q4_K }, pool);
        }

        var first = File.ReadAllBytes(temporary.File("1.gguf"));
        Assert.True(first.AsSpan().SequenceEqual(File.ReadAllBytes(temporary.File("2.gguf"))));
        Assert.True(first.AsSpan().SequenceEqual(File.ReadAllBytes(temporary.File("5.gguf"))));
    }

    [Fact]
    public void A_stopped_export_leaves_nothing()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", "stories260K"));
        foreach (var name in (string[])["out", "out.gguf"])
        {
            using var stop = new CancellationTokenSource();
            var progress = new Stopper(stop);
            Assert.ThrowsAny<OperationCanceledException>(() => ModelExporter.Export(model, temporary.File(name), new ExportOptions { Format = ElementType.F16 }, null, progress, stop.Token));
            Assert.Empty(Directory.EnumerateFileSystemEntries(temporary.Path));
        }
    }

    [Fact]
    public void A_value_too_large_for_the_format_is_refused_with_its_tensor()
    {
        using var temporary = new TemporaryFolder();
        foreach (var file in Directory.EnumerateFiles(SharedFiles.InRepository("models", "stories260K"))) File.Copy(file, temporary.File(Path.GetFileName(file)));
        string broken;
        using (var sample = SafetensorsFile.Open(temporary.File("model.safetensors"))) broken = sample.InOrder[^1].Name;
        using (var file = new FileStream(temporary.File("model.safetensors"), FileMode.Open))
        {
            file.Seek(-4, SeekOrigin.End);
            file.Write(BitConverter.GetBytes(1e9f));
        }

        using var model = Model.Open(temporary.Path);
        var error = Assert.Throws<ExportException>(() => ModelExporter.Export(model, temporary.File("out"), new ExportOptions { Format = ElementType.F16 }));
        Assert.Contains(broken, error.Message);
        Assert.False(Directory.Exists(temporary.File("out")));
    }

    [Fact]
    public void An_existing_file_is_not_replaced_unasked()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", "stories260K"));
        File.WriteAllText(temporary.File("out.gguf"), "mine");
        Assert.Throws<IOException>(() => ModelExporter.Export(model, temporary.File("out.gguf"), new ExportOptions()));
        Assert.Equal("mine", File.ReadAllText(temporary.File("out.gguf")));
    }

    private sealed class Stopper(CancellationTokenSource stop) : IProgress<double>
    {
        public void Report(double value) => stop.Cancel();
    }
}
