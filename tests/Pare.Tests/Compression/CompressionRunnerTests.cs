using System.Text.Json;
using System.Text.Json.Nodes;
using Pare.Compression;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Tests.Formats;
using Pare.Tests.Models.Support;
using Pare.TestSupport;

namespace Pare.Tests.Compression;

public sealed class CompressionRunnerTests
{
    private static string Sample => SharedFiles.InRepository("models", "stories260K");

    private static Recipe Rounding(ElementType format) => new() { Passes = [new RoundToNearestOptions { Format = format }] };

    [Fact]
    public void Rounded_weights_are_what_the_codec_makes_of_each_row()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var report = new CompressionRunner(model, Rounding(ElementType.Q4_0)).Run(temporary.File("out"));
        using var small = Model.Open(temporary.File("out"));
        Assert.Equal(8.0 * small.WeightBytes / small.Graph.ParameterCount, report.BitsPerWeight, 1e-12);
        foreach (var site in model.Graph.Sites)
        {
            var (given, stored) = (model.GetWeight(site.Weight), small.GetWeight(site.Weight));
            // Rows of 172 are no whole number of blocks.
            var format = site.Columns % 32 == 0 ? ElementType.Q4_0 : ElementType.F16;
            Assert.Equal(format, stored.Type);
            var (values, bytes) = (given.ToArray(), new byte[format.RowBytes(site.Columns)]);
            double error = 0, norm = 0;
            for (var row = 0; row < site.Rows; row++)
            {
                var part = values.AsSpan(row * site.Columns, site.Columns);
                var expected = new float[site.Columns];
                WeightCodec.Quantize(format, part, bytes);
                WeightCodec.Dequantize(format, bytes, expected);
                var found = new float[site.Columns];
                stored.Read(row, 0, found);
                Assert.Equal(expected, found);
                for (var i = 0; i < expected.Length; i++)
                {
                    error += Math.Pow((double)expected[i] - part[i], 2);
                    norm += Math.Pow(part[i], 2);
                }
            }

            Assert.Equal(Math.Sqrt(error / norm), report.Parameters.Single(p => p.Name == site.Name + ".weight").RelativeError, 1e-12);
        }

        Assert.Equal(ElementType.Q8_0, small.GetWeight(new ParameterId(ParameterRole.TokenEmbedding)).Type);
        Assert.Equal(ElementType.F32, small.GetWeight(new ParameterId(ParameterRole.FinalNorm)).Type);
        Assert.Equal(model.Tokenizer.Encode("Once upon a time"), small.Tokenizer.Encode("Once upon a time"));
    }

    [Fact]
    public void The_plan_is_what_the_run_writes()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var runner = new CompressionRunner(model, Rounding(ElementType.Q6_K));
        var plan = runner.Plan();
        var report = runner.Run(temporary.File("out"));
        Assert.Equal(plan.OutputBytes, report.WeightBytes);
        Assert.Equal(plan.Formats, report.Formats);
        Assert.Equal(plan.Fallbacks, report.Fallbacks);
        Assert.NotEmpty(plan.Fallbacks);
        using var small = Model.Open(temporary.File("out"));
        Assert.Equal(plan.OutputBytes, small.WeightBytes);
    }

    [Fact]
    public void The_same_recipe_gives_the_same_bytes_with_any_number_of_threads()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        foreach (var threads in (int[])[1, 3])
        {
            using var pool = new ComputePool(threads);
            new CompressionRunner(model, Rounding(ElementType.Q4_0)).Run(temporary.File($"{threads}"), pool: pool);
        }

        var files = Directory.EnumerateFiles(temporary.File("1")).Select(Path.GetFileName).Order().ToArray();
        Assert.Equal(files, Directory.EnumerateFiles(temporary.File("3")).Select(Path.GetFileName).Order());
        Assert.Equal(["config.json", "generation_config.json", "model.safetensors", "pare.json", "tokenizer.model"], files.Where(name => !name!.StartsWith("LICENSE", StringComparison.Ordinal)));
        foreach (var file in files) Assert.True(File.ReadAllBytes(temporary.File($"1/{file}")).AsSpan().SequenceEqual(File.ReadAllBytes(temporary.File($"3/{file}"))), file);
    }

    [Fact]
    public void Provenance_names_recipe_inputs_and_errors()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        new CompressionRunner(model, Rounding(ElementType.Q8_0)).Run(temporary.File("out"));
        var pare = JsonNode.Parse(File.ReadAllText(temporary.File("out/pare.json")))!;
        Assert.Equal("round-to-nearest", pare["recipe"]!["passes"]![0]!["method"]!.GetValue<string>());
        Assert.Equal(["config.json", "generation_config.json", "model.safetensors", "tokenizer.model"], pare["inputs"]!.AsArray().Select(input => input!["file"]!.GetValue<string>()));
        Assert.All(pare["inputs"]!.AsArray(), input => Assert.Equal(64, input!["sha256"]!.GetValue<string>().Length));
        var error = pare["parameters"]!["model.layers.0.self_attn.q_proj.weight"]!["relativeError"]!.GetValue<double>();
        Assert.InRange(error, 1e-4, 1e-2);
        Assert.DoesNotContain(temporary.Path, File.ReadAllText(temporary.File("out/pare.json")));
    }

    [Fact]
    public void What_a_pattern_leaves_out_keeps_its_bytes()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var recipe = Recipe.Parse("passes: [{ method: round-to-nearest, format: q8_0, sites: model.layers.2.self_attn.* }]");
        var report = new CompressionRunner(model, recipe).Run(temporary.File("out"));
        Assert.Equal(4, report.Parameters.Count);
        using var small = Model.Open(temporary.File("out"));
        foreach (var parameter in model.Graph.Parameters)
        {
            var weight = small.GetWeight(parameter.Id);
            if (report.Parameters.Any(changed => changed.Name == parameter.Name)) Assert.Equal(ElementType.Q8_0, weight.Type);
            else Assert.Equal(model.GetWeight(parameter.Id).ToArray(), weight.ToArray());
        }
    }

    [SharedTheory]
    [InlineData("phi3", "*.qkv_proj.k")]
    [InlineData("gpt2", "*.c_attn.q")]
    [InlineData("gpt-neox", "*.query_key_value.v")]
    public void Part_of_a_fused_tensor_can_be_rounded_alone(string family, string pattern)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Families.PathOf(family));
        var recipe = new Recipe { Passes = [new RoundToNearestOptions { Format = ElementType.Q8_0, Sites = [pattern] }] };
        var report = new CompressionRunner(model, recipe).Run(temporary.File("out"));
        Assert.Equal(3, report.Parameters.Count);
        using var small = Model.Open(temporary.File("out"));
        foreach (var parameter in model.Graph.Parameters)
        {
            if (report.Parameters.Any(changed => changed.Name == parameter.Name)) Assert.Equal(ElementType.Q8_0, small.GetWeight(parameter.Id).Type);
            else Assert.Equal(model.GetWeight(parameter.Id).ToArray(), small.GetWeight(parameter.Id).ToArray());
        }
    }

    [SharedTheory]
    [MemberData(nameof(Families.All), MemberType = typeof(Families))]
    public void A_quantised_folder_of_every_family_comes_back_as_it_was_stored(string family)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Families.PathOf(family));
        new CompressionRunner(model, Rounding(ElementType.Q8_0)).Run(temporary.File("out"));
        using var small = Model.Open(temporary.File("out"));
        Assert.Equal(Families.Describe(model.Config), Families.Describe(small.Config));
        foreach (var site in model.Graph.Sites)
        {
            var (given, stored) = (model.GetWeight(site.Weight).ToArray(), small.GetWeight(site.Weight).ToArray());
            Assert.Equal(site.Columns % 32 == 0 ? ElementType.Q8_0 : ElementType.F16, small.GetWeight(site.Weight).Type);
            // Half a step of a block whose largest value is at most the matrix's, and up to 127 times the rounding of the step to F16.
            var bound = given.Max(Math.Abs) * (0.5 / 127 + 1.0 / 2048) * 1.001;
            for (var i = 0; i < given.Length; i++) Assert.InRange(Math.Abs(given[i] - stored[i]), 0, bound);
        }

        // And from the folder to GGUF without another rounding.
        if (family.StartsWith("opt", StringComparison.Ordinal)) return;
        ModelExporter.Export(small, temporary.File("out.gguf"), new ExportOptions());
        using var gguf = Model.Open(temporary.File("out.gguf"));
        Families.AssertSameWeights(small, gguf, family.StartsWith("gemma", StringComparison.Ordinal) ? 1.2e-7f : 0);
    }

    [Fact]
    public void A_run_that_is_stopped_before_its_first_block_leaves_nothing()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() =>
            new CompressionRunner(model, Rounding(ElementType.Q8_0)).Run(temporary.File("out"), progress: new Stopper("store", stop), cancellation: stop.Token));
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary.Path));
    }

    [Fact]
    public void A_value_that_is_no_number_is_named_and_leaves_nothing()
    {
        using var temporary = new TemporaryFolder();
        foreach (var file in Directory.EnumerateFiles(Sample)) File.Copy(file, temporary.File(Path.GetFileName(file)));
        var bytes = File.ReadAllBytes(temporary.File("model.safetensors"));
        // The matrix begins behind the header, whose length the first 8 bytes give.
        var headerBytes = BitConverter.ToInt32(bytes);
        using (var header = JsonDocument.Parse(bytes.AsMemory(8, headerBytes)))
        {
            var begin = header.RootElement.GetProperty("model.layers.3.mlp.up_proj.weight").GetProperty("data_offsets")[0].GetInt32();
            BitConverter.TryWriteBytes(bytes.AsSpan(8 + headerBytes + begin), float.NaN);
        }

        File.WriteAllBytes(temporary.File("model.safetensors"), bytes);
        using var model = Model.Open(temporary.Path);
        var error = Assert.Throws<ExportException>(() => new CompressionRunner(model, Rounding(ElementType.Q8_0)).Run(temporary.File("out")));
        Assert.Contains("model.layers.3.mlp.up_proj.weight", error.Message);
        Assert.False(Directory.Exists(temporary.File("out")));
    }

    [Fact]
    public void A_failure_while_writing_leaves_no_output_and_the_blocks_that_are_done()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        foreach (var (stage, left) in ((string, string[])[])[("store", []), ("write", ["out.run"])])
        {
            Assert.Throws<IOException>(() => new CompressionRunner(model, Rounding(ElementType.Q8_0)).Run(temporary.File("out"), progress: new Failure(stage)));
            Assert.Equal(left, Directory.EnumerateFileSystemEntries(temporary.Path).Select(Path.GetFileName));
        }
    }

    private sealed class Failure(string stage) : IProgress<CompressionProgress>
    {
        public void Report(CompressionProgress value)
        {
            if (value.Stage == stage) throw new IOException("the disk went away");
        }
    }

    private sealed class Stopper(string stage, CancellationTokenSource stop) : IProgress<CompressionProgress>
    {
        public void Report(CompressionProgress value)
        {
            if (value.Stage == stage) stop.Cancel();
        }
    }
}
