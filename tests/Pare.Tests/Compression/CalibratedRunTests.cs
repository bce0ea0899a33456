using Pare.Calibration;
using Pare.Compression;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Tests.Formats;
using Pare.TestSupport;

namespace Pare.Tests.Compression;

public sealed class CalibratedRunTests
{
    private static readonly CalibrationOptions Calibration = new() { Text = SharedFiles.InRepository("models", "wikipedia.txt"), Samples = 6, Window = 64 };

    private static string Sample => SharedFiles.InRepository("models", "pare-llama-5m");

    [Theory]
    [InlineData("magnitude")]
    [InlineData("wanda")]
    [InlineData("sparsegpt")]
    public void Every_block_of_a_pattern_holds_its_number_of_zeros(string method)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var report = Run(model, Pruning(method, SparsityTarget.Pattern(6, 16)), temporary.File("out"));
        Assert.All(report.Parameters, parameter => Assert.Equal(10.0 / 16, parameter.Sparsity!.Value, 1e-9));
        using var small = Model.Open(temporary.File("out"));
        foreach (var site in model.Graph.Sites)
        {
            var values = small.GetWeight(site.Weight).ToArray();
            for (var i = 0; i < values.Length; i += 16) Assert.Equal(10, values.AsSpan(i, 16).Count(0f));
        }
    }

    [Fact]
    public void A_pattern_that_no_row_can_hold_is_refused_by_name()
    {
        using var model = Model.Open(Sample);
        var recipe = new Recipe { Passes = [Pruning("wanda", SparsityTarget.Pattern(1, 3))], Calibration = Calibration };
        var exception = Assert.Throws<RecipeException>(() => new CompressionRunner(model, recipe));
        Assert.Contains("blocks of 3 do not divide the 256 input columns of model.layers.0.self_attn.q_proj; use 2, 4, 8, 16 for M", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SparseGpt_reaches_its_rate_and_reports_what_the_outputs_lost()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var target = SparsityTarget.Unstructured(0.5);
        var sparse = Run(model, Pruning("sparsegpt", target), temporary.File("sparse"));
        Assert.All(sparse.Parameters, parameter => Assert.Equal(0.5, parameter.Sparsity!.Value, 0.01));
        Assert.All(sparse.Parameters, parameter => Assert.Equal(0.01, parameter.Damping));
        Assert.All(sparse.Parameters, parameter => Assert.InRange(parameter.OutputError!.Value, 1e-3, 0.5));
    }

    [Theory]
    [InlineData(ElementType.Q8_0, 0.004)]
    [InlineData(ElementType.Q6_K, 0.02)]
    [InlineData(ElementType.Q5_0, 0.04)]
    [InlineData(ElementType.Q4_K, 0.08)]
    [InlineData(ElementType.Q4_0, 0.08)]
    [InlineData(ElementType.Q4_1, 0.08)]
    public void Gptq_stores_its_own_levels_and_loses_less_than_rounding(ElementType format, double most)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var sites = new[] { "model.layers.0.self_attn.q_proj", "model.layers.0.mlp.up_proj" };
        var report = Run(model, new GptqOptions { Format = format, Sites = sites }, temporary.File("gptq"));
        using var small = Model.Open(temporary.File("gptq"));
        Assert.Equal(2, report.Parameters.Count);
        Assert.All(report.Parameters, parameter => Assert.Equal(0, parameter.RelativeError));
        using var pool = new ComputePool(2);
        foreach (var parameter in report.Parameters)
        {
            var site = model.Graph.Sites.Single(site => site.Name + ".weight" == parameter.Name);
            Assert.Equal(format, small.GetWeight(site.Weight).Type);
            Assert.InRange(parameter.OutputError!.Value, 0, most);
            var rounded = Rounded(model, site, format);
            Assert.True(parameter.OutputError < rounded, $"{site.Name}: {parameter.OutputError} is not below {rounded} of rounding");
        }
    }

    /// <summary>Of what is stored, format included: zeros are counted in the file, and the output error is taken with its weights.</summary>
    [Theory]
    [InlineData("sparsegpt", ElementType.Q4_0)]
    [InlineData("sparsegpt", null)]
    [InlineData("gptq", ElementType.Q4_K)]
    [InlineData("gptq", null)]
    [InlineData("wanda", ElementType.Q4_0)]
    public void What_is_reported_of_a_site_is_that_of_the_stored_weights(string method, ElementType? format)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        string[] sites = ["model.layers.0.self_attn.q_proj", "model.layers.0.mlp.up_proj"];
        PassOptions options = method switch
        {
            "gptq" => new GptqOptions { Format = format, Bits = format is null ? 3 : null, Sites = sites },
            "wanda" => new WandaOptions { Target = SparsityTarget.Unstructured(0.3), Format = format, Sites = sites },
            _ => new SparseGptOptions { Target = SparsityTarget.Unstructured(0.3), Format = format, Sites = sites },
        };
        var report = Run(model, options, temporary.File("out"));
        using var small = Model.Open(temporary.File("out"));
        foreach (var parameter in report.Parameters)
        {
            var site = model.Graph.Sites.Single(site => site.Name + ".weight" == parameter.Name);
            var stored = small.GetWeight(site.Weight).ToArray();
            Assert.Equal((double)stored.AsSpan().Count(0f) / stored.Length, parameter.Sparsity!.Value, 1e-12);
            if (method != "wanda") Assert.Equal(Loss(model, site, stored), parameter.OutputError!.Value, 1e-5 * parameter.OutputError.Value);
        }
    }

    [Theory]
    [InlineData("gptq, format: q4_0, group: 32", "passes[0].group: a format has groups of its own")]
    [InlineData("round-to-nearest, format: q4_0, storedAs: f16", "passes[0].storedAs: a format is stored as itself")]
    [InlineData("awq, format: q4_0, storedAs: f16", "passes[0].storedAs: a format is stored as itself")]
    public void Options_that_would_be_passed_over_are_refused(string step, string expected)
    {
        Assert.Contains(expected, Assert.Throws<RecipeException>(() => Recipe.Parse($"passes: [{{ method: {step} }}]")).Message, StringComparison.Ordinal);
        // There the type does count: the format is for a pass behind.
        Assert.Equal(ElementType.F16, Assert.IsType<AwqOptions>(Recipe.Parse("passes: [{ method: awq, format: q4_0, round: false, storedAs: f16 }]").Passes[0]).StoredAs);
    }

    [Fact]
    public void More_tokens_than_can_be_held_are_refused_in_words()
    {
        using var model = Model.Open(Sample);
        var error = Assert.ThrowsAny<ArgumentException>(() => CalibrationText.Read(Calibration with { Samples = 1 << 20, Window = 1 << 16 }, model, 0));
        Assert.Contains("1048576 windows of 65536 tokens are more than", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plans_count_what_a_grid_and_a_second_pass_hold()
    {
        using var model = Model.Open(Sample);
        long Memory(params PassOptions[] passes) => new CompressionRunner(model, new Recipe { Passes = passes, Calibration = Calibration }).Plan().MemoryBytes;
        var block = model.Graph.SitesOf(0).Sum(site => site.WeightCount) * sizeof(float);
        var streamed = Memory(new RoundToNearestOptions { Format = ElementType.Q4_0 });
        Assert.True(Memory(new RoundToNearestOptions { Bits = 4 }) >= streamed + block);
        var one = Memory(Pruning("sparsegpt", SparsityTarget.Unstructured(0.5)));
        Assert.True(Memory(Pruning("sparsegpt", SparsityTarget.Unstructured(0.5)), new GptqOptions { Format = ElementType.Q4_0 }) >= one + block);
    }

    [Fact]
    public void The_same_bytes_come_out_with_any_number_of_threads()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        PassOptions[] passes = [Pruning("sparsegpt", SparsityTarget.Pattern(2, 4)), new GptqOptions { Format = ElementType.Q8_0 }];
        foreach (var threads in (int[])[1, 3])
        {
            using var pool = new ComputePool(threads);
            new CompressionRunner(model, new Recipe { Passes = passes, Calibration = Calibration }).Run(temporary.File($"out{threads}"), pool: pool);
        }

        Assert.Equal(File.ReadAllBytes(Path.Combine(temporary.File("out1"), "model.safetensors")), File.ReadAllBytes(Path.Combine(temporary.File("out3"), "model.safetensors")));
        using var small = Model.Open(temporary.File("out1"));
        Assert.Equal(ElementType.Q8_0, small.GetWeight(model.Graph.Sites[0].Weight).Type);
    }

    /// <summary>A later pass looks at the whole block, and what the first has encoded has to come through as it is.</summary>
    [Fact]
    public void What_a_pass_has_encoded_is_stored_whatever_comes_after_it()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var first = new GptqOptions { Format = ElementType.Q4_0, Sites = ["model.layers.0.mlp.up_proj"] };
        Run(model, first, temporary.File("alone"));
        var later = new WandaOptions { Target = SparsityTarget.Unstructured(0.5), Sites = ["model.layers.0.mlp.down_proj"] };
        new CompressionRunner(model, new Recipe { Passes = [first, later], Calibration = Calibration }).Run(temporary.File("both"));
        using var alone = Model.Open(temporary.File("alone"));
        using var both = Model.Open(temporary.File("both"));
        var id = new ParameterId(ParameterRole.Up, 0);
        Assert.Equal(alone.GetWeight(id).ToArray(), both.GetWeight(id).ToArray());
        Assert.Contains("wikipedia.txt", File.ReadAllText(Path.Combine(temporary.File("both"), "pare.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void Options_made_in_code_are_checked_too()
    {
        using var model = Model.Open(Sample);
        foreach (var options in (PassOptions[])[new GptqOptions { Format = ElementType.Q4_0, ActOrder = true }, new GptqOptions { Format = ElementType.Q5_1 }, new GptqOptions(), new RoundToNearestOptions { Bits = 4, Group = -1 }, new AwqOptions { Bits = 4, Group = 0 }])
            Assert.Throws<RecipeException>(() => new CompressionRunner(model, new Recipe { Passes = [options], Calibration = Calibration }));
    }

    [Fact]
    public void A_method_that_needs_a_text_says_so()
    {
        using var model = Model.Open(Sample);
        var exception = Assert.Throws<RecipeException>(() => new CompressionRunner(model, new Recipe { Passes = [Pruning("wanda", SparsityTarget.Unstructured(0.5))] }));
        Assert.Contains("wanda looks at the model's activations and needs a text", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>The statistics of block 1 are those behind the pruned block 0: pruning block 0 away changes what block 1 is pruned by.</summary>
    [Fact]
    public void A_pass_sees_the_inputs_that_the_compressed_blocks_before_it_give()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var later = new WandaOptions { Target = SparsityTarget.Unstructured(0.5), Format = ElementType.F32, Sites = ["model.layers.1.*"] };
        var earlier = new MagnitudeOptions { Target = SparsityTarget.Unstructured(0.9), Format = ElementType.F32, Sites = ["model.layers.0.*"] };
        Run(model, later, temporary.File("alone"));
        new CompressionRunner(model, new Recipe { Passes = [earlier], Calibration = Calibration }).Run(temporary.File("first"));
        using var first = Model.Open(temporary.File("first"));
        Run(first, later, temporary.File("chained"));
        new CompressionRunner(model, new Recipe { Passes = [earlier, later], Calibration = Calibration }).Run(temporary.File("both"));
        using var both = Model.Open(temporary.File("both"));
        using var chained = Model.Open(temporary.File("chained"));
        using var alone = Model.Open(temporary.File("alone"));
        foreach (var site in model.Graph.Sites.Where(site => site.Layer == 1))
        {
            Assert.Equal(chained.GetWeight(site.Weight).ToArray(), both.GetWeight(site.Weight).ToArray());
            Assert.NotEqual(alone.GetWeight(site.Weight).ToArray(), both.GetWeight(site.Weight).ToArray());
        }
    }

    private static PassOptions Pruning(string method, SparsityTarget target) => method switch
    {
        "magnitude" => new MagnitudeOptions { Target = target },
        "wanda" => new WandaOptions { Target = target },
        _ => new SparseGptOptions { Target = target },
    };

    private static CompressionReport Run(Model model, PassOptions pass, string output) =>
        new CompressionRunner(model, new Recipe { Passes = [pass], Calibration = Calibration }).Run(output);

    // The output error of plain rounding.
    private static double Rounded(Model model, LinearSite site, ElementType format)
    {
        var after = model.GetWeight(site.Weight).ToArray();
        var bytes = new byte[format.RowBytes(site.Columns)];
        for (var row = 0; row < site.Rows; row++)
        {
            WeightCodec.Quantize(format, after.AsSpan(row * site.Columns, site.Columns), bytes);
            WeightCodec.Dequantize(format, bytes, after.AsSpan(row * site.Columns, site.Columns));
        }

        return Loss(model, site, after);
    }

    // The output error of weights in block 0, by the windows' own inputs.
    private static double Loss(Model model, LinearSite site, float[] after)
    {
        using var pool = new ComputePool(2);
        var windows = CalibrationText.Read(Calibration, model, 0);
        using var stream = new BlockStream(model.Config, windows, pool, model.FindWeight);
        using var block = new Pare.Runtime.DecoderBlock(model, 0);
        var gatherer = new StatisticsGatherer(pool, new Dictionary<SiteInput, StatisticsKinds> { [site.Input] = StatisticsKinds.SecondMoments });
        stream.Observe(block, 0, gatherer, default);
        gatherer.Complete([]);
        var before = model.GetWeight(site.Weight).ToArray();
        return OutputError.Relative(pool, gatherer.Inputs[site.Input], before, after, site.Rows);
    }
}
