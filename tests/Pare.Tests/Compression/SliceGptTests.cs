using Pare.Calibration;
using Pare.Compression;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Models.Writing;
using Pare.Numerics;
using Pare.Runtime;
using Pare.Tests.Evaluation;
using Pare.Tests.Formats;
using Pare.Tests.Models.Support;
using Pare.Tests.Training.Definition;
using Pare.TestSupport;
using Pare.Training;

namespace Pare.Tests.Compression;

public sealed unsafe class SliceGptTests
{
    private static readonly string[] s_refused = ["gemma2", "gemma3", "olmo2", "opt-350m", "opt-350m-style"];
    private static readonly CalibrationOptions Calibration = new() { Text = SharedFiles.InRepository("models", "wikipedia.txt"), Samples = 16, Window = 128 };

    public static TheoryData<string> Samples => ["pare-llama-5m", "pare-opt-5m", "stories260K"];

    [Theory]
    [MemberData(nameof(SmallModels.All), MemberType = typeof(SmallModels))]
    public void Turning_alone_changes_no_small_model(string name, string layers)
    {
        using var model = SmallModels.Create(name, layers);
        using var temporary = new TemporaryFolder();
        if (s_refused.Contains(name))
        {
            Refused(model);
            return;
        }

        using var turned = Slice(model, 0, temporary);
        Assert.True(turned.Config.HasShortcuts);
        Assert.InRange(Forward.Difference(Forward.Logits(model), Forward.Logits(turned)), 0, 1e-4);
    }

    [SharedTheory]
    [MemberData(nameof(Families.All), MemberType = typeof(Families))]
    public void Turning_alone_changes_no_family(string family)
    {
        using var model = Model.Open(Families.PathOf(family));
        using var temporary = new TemporaryFolder();
        if (s_refused.Contains(family))
        {
            Refused(model);
            return;
        }

        using var turned = Slice(model, 0, temporary);
        Assert.InRange(Forward.Difference(Forward.Logits(model), Forward.Logits(turned)), 0, 1e-4);
    }

    [Theory]
    [InlineData("llama", "uniform")]
    [InlineData("llama-tied-bias", "missing")]
    [InlineData("gpt2", "uneven")]
    [InlineData("gpt-neox", "uniform")]
    [InlineData("gpt-neox-sequential", "missing")]
    [InlineData("gemma", "uniform")]
    [InlineData("granite", "uneven")]
    [InlineData("qwen3", "uniform")]
    [InlineData("opt", "uniform")]
    public void A_sliced_model_is_the_model_with_its_stream_projected(string name, string layers)
    {
        using var model = SmallModels.Create(name, layers);
        using var temporary = new TemporaryFolder();
        using var sliced = Slice(model, 0.34, temporary);
        Assert.Equal(15, sliced.Config.HiddenSize);
        var expected = Projected(model, 15);
        // The bases agree up to float32 rounding, which the small gap between eigenvalues of random models magnifies.
        Assert.InRange(Forward.Difference([.. expected.Select(value => (float)value)], Forward.Logits(sliced, Count)), 0, 2e-4);
        Assert.True(Forward.Difference([.. expected.Select(value => (float)value)], Forward.Logits(model, Count)) > 1e-3);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Trained_models_lose_less_than_by_leaving_channels_out(string sample)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", sample));
        using var pool = new ComputePool(2);
        var recipe = new Recipe { Passes = [new SliceGptOptions { Sparsity = 0.125, Format = ElementType.F32 }], Calibration = Calibration };
        var report = new CompressionRunner(model, recipe).Run(temporary.File("sliced"), pool: pool);
        Assert.Single(report.Notes);
        using var sliced = Model.Open(temporary.File("sliced"));
        Assert.Equal(model.Config.HiddenSize * 7 / 8, sliced.Config.HiddenSize);
        Assert.Equal("slicegpt", (string)sliced.Provenance!["recipe"]!["passes"]![0]!["method"]!);
        var windows = CalibrationText.Read(Calibration, model, 7);
        using var trainable = TrainableModel.From(model, new TrainableOptions { IsFrozen = true });
        using var engine = new GradientEngine(trainable, new GradientOptions { Threads = 2 });
        var order = ImportanceScorer.Score(engine, windows.All, windows.Window).ToOrder(model.Config);
        // The channels that the norms give the least go, every matrix without them.
        using var silent = Silenced(model, order.Hidden.Skip(sliced.Config.HiddenSize).ToHashSet(), temporary);
        var (dense, turned, cut) = (Loss(model), Loss(sliced), Loss(silent));
        // On a text that is not its own, the smallest model even gains.
        Assert.True(turned < dense + (cut - dense) / 2, $"{dense} became {turned}, and {cut} without the least channels");

        double Loss(Model of)
        {
            using var run = new InferenceEngine(of, new EngineOptions { Threads = 2 });
            return Math.Log(new PerplexityEvaluator(of, run).Evaluate(windows).Perplexity);
        }
    }

    // Nothing is written into these channels of the stream, so nothing is read of them; RMS and layer norms then divide by less, as in a narrower model's.
    private static Model Silenced(Model model, HashSet<int> channels, TemporaryFolder temporary)
    {
        var folder = Directory.CreateDirectory(temporary.File("silent")).FullName;
        using var pool = new ComputePool(1);
        ModelFolderWriter.Write(folder, new OutgoingModel(model.Config, Source, _ => ElementType.F32), model, null, pool, null, default);
        return Model.Open(folder);

        WeightSource Source(ParameterId id)
        {
            var parameter = model.Graph.Get(id);
            var values = model.GetWeight(id).ToArray();
            for (var i = 0; i < values.Length; i++)
            {
                var channel = parameter.IsVector || id.Role is ParameterRole.TokenEmbedding or ParameterRole.PositionEmbedding ? i % parameter.Columns : i / parameter.Columns;
                if (FusedModel.Writes(id.Role) && channels.Contains(channel)) values[i] = 0;
            }

            return new EditedWeight(parameter, values);
        }
    }

    [Fact]
    public void Token_by_token_gives_what_the_prompt_at_once_gives_in_every_precision()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", "pare-llama-5m"));
        new CompressionRunner(model, new Recipe { Passes = [new SliceGptOptions { Sparsity = 0.25 }, new RoundToNearestOptions { Format = ElementType.Q8_0 }], Calibration = Calibration }).Run(temporary.File("sliced"));
        using var sliced = Model.Open(temporary.File("sliced"));
        Assert.Equal(192, sliced.Config.HiddenSize);
        Assert.All(sliced.Graph.Sites, site => Assert.Equal(ElementType.Q8_0, sliced.GetWeight(site.Weight).Type));
        // Inputs that are rounded to 8 bits turn differences of the last bit into differences of a step.
        foreach (var (precision, tolerance) in new[] { (ActivationPrecision.Float32, 2e-5), (ActivationPrecision.Int8, 1e-2) })
        {
            using var engine = new InferenceEngine(sliced, new EngineOptions { Threads = 2, Activations = precision, KvCacheType = ElementType.F32 });
            int[] tokens = [.. Enumerable.Range(0, 20).Select(i => (i * 37 + 11) % 4096)];
            using var once = engine.CreateCache(20);
            var together = new float[20 * 192];
            engine.Forward(tokens, once, together);
            using var cache = engine.CreateCache(20);
            var hidden = new float[192];
            for (var t = 0; t < 20; t++)
            {
                engine.Forward(tokens.AsSpan(t, 1), cache, hidden);
                Assert.InRange(Distance(together.AsSpan(t * 192, 192), hidden), 0, tolerance);
            }
        }
    }

    [Fact]
    public void Who_cannot_hold_it_says_so()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", "stories260K"));
        new CompressionRunner(model, new Recipe { Passes = [new SliceGptOptions { Sparsity = 0.25 }], Calibration = Calibration }).Run(temporary.File("sliced"));
        using var sliced = Model.Open(temporary.File("sliced"));
        Assert.Contains("changes its basis", Assert.Throws<ExportException>(() => ModelExporter.Plan(sliced, temporary.File("x.gguf"), new ExportOptions())).Message, StringComparison.Ordinal);
        Assert.Contains("changes its basis", Assert.Throws<ExportException>(() => ModelExporter.Plan(sliced, temporary.File("x"), new ExportOptions())).Message, StringComparison.Ordinal);
        Assert.Contains("changes its basis", Assert.Throws<ArgumentException>(() => TrainableModel.From(sliced)).Message, StringComparison.Ordinal);
        foreach (var pass in new PassOptions[] { new SliceGptOptions { Sparsity = 0.1 }, new LacoOptions { Sparsity = 0.5 }, new BlockInfluenceOptions { Sparsity = 0.5 } })
            Assert.Contains("changes its basis", Assert.Throws<RecipeException>(() => new CompressionRunner(sliced, new Recipe { Passes = [pass], Calibration = Calibration })).Message, StringComparison.Ordinal);
        var config = File.ReadAllText(temporary.File("sliced/config.json"));
        Assert.Contains("\"pare_llama\"", config, StringComparison.Ordinal);
        File.WriteAllText(temporary.File("sliced/config.json"), config.Replace("\"pare_llama\"", "\"llama\"", StringComparison.Ordinal));
        Assert.Contains("model_type", Assert.Throws<ModelFormatException>(() => Model.Open(temporary.File("sliced"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1.0, 8, "sparsity")]
    [InlineData(-0.1, 8, "sparsity")]
    [InlineData(0.9, 64, "sparsity")]
    [InlineData(0.5, 0, "multiple")]
    public void Options_out_of_range_are_refused(double share, int multiple, string key)
    {
        using var model = Model.Open(SharedFiles.InRepository("models", "stories260K"));
        var exception = Assert.Throws<RecipeException>(() => new SliceGptPass(new SliceGptOptions { Sparsity = share, Multiple = multiple }, model, "passes[0]"));
        Assert.Equal($"passes[0].{key}", exception.Path);
    }

    private const int Count = 24;

    // ‖a − b‖ / ‖a‖.
    private static double Distance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var (difference, norm) = (0.0, 0.0);
        for (var i = 0; i < a.Length; i++) (difference, norm) = (difference + Math.Pow((double)a[i] - b[i], 2), norm + (double)a[i] * a[i]);
        return Math.Sqrt(difference / norm);
    }

    private static void Refused(Model model)
    {
        var exception = Assert.Throws<RecipeException>(() => new SliceGptPass(new SliceGptOptions { Sparsity = 0 }, model, "passes[0]"));
        Assert.Contains("cannot slice", exception.Message, StringComparison.Ordinal);
    }

    private static Model Slice(Model model, double share, TemporaryFolder temporary)
    {
        using var pool = new ComputePool(1);
        using var edited = new SliceGptPass(new SliceGptOptions { Sparsity = share, Multiple = 1 }, model, "passes[0]").Run(temporary.File("work"), new CalibrationData(Windows(model)), pool, null, default);
        return EditedModels.Write(edited, temporary);
    }

    private static TokenWindows Windows(Model model)
    {
        using var tokens = new SmallTokens(model.Config.VocabularySize, 12, 16);
        return TokenWindows.FromFile(tokens.Path);
    }

    // The model's own blocks, norms and all, over a stream that is centred and projected before every sub-layer; final norm and head in double precision.
    private static double[] Projected(Model model, int width)
    {
        var config = model.Config;
        using var pool = new ComputePool(1);
        var bases = StreamBases.Find(new FusedModel(model), Windows(model), width, pool, null, default);
        var ids = Enumerable.Range(0, Count).Select(i => (i * 37 + 11) % config.VocabularySize).ToArray();
        using var folder = new TemporaryFolder();
        var header = System.Text.Encoding.UTF8.GetBytes($$$"""{"input_ids":{"dtype":"I32","shape":[1,{{{Count}}}],"data_offsets":[0,{{{4 * Count}}}]}}""");
        var windows = TokenWindows.FromFile(folder.Write("ids.safetensors", [.. BitConverter.GetBytes((long)header.Length), .. header, .. ids.SelectMany(BitConverter.GetBytes)]));
        using var stream = new BlockStream(config, windows, pool, model.FindWeight);
        var next = 0;
        for (var i = 0; i < config.Layers.Count; i++)
        {
            var layer = config.Layers[i];
            if (config.ParallelResidual && layer is { HasAttention: true, HasFfn: true })
            {
                Project();
                Advance(i, layer);
                continue;
            }

            if (layer.HasAttention)
            {
                Project();
                Advance(i, layer with { FfnSize = 0 });
            }

            if (!layer.HasFfn) continue;
            Project();
            Advance(i, layer with { Heads = 0, KeyValueHeads = 0 });
        }

        Project();
        Assert.Equal(bases.All.Count, next);
        var norm = model.GetWeight(new ParameterId(ParameterRole.FinalNorm)).ToArray();
        var bias = model.FindWeight(new ParameterId(ParameterRole.FinalNorm, IsBias: true))?.ToArray();
        var head = model.GetWeight(new ParameterId(ParameterRole.Head)).ToArray();
        var logits = new double[Count * config.VocabularySize];
        var hidden = config.HiddenSize;
        for (var t = 0; t < Count; t++)
        {
            double[] x = [.. Enumerable.Range(0, hidden).Select(c => (double)stream.Values[t * hidden + c])];
            var root = Math.Sqrt(x.Average(value => value * value) + config.NormEpsilon);
            for (var c = 0; c < hidden; c++) x[c] = x[c] / root * (norm[c] + config.NormWeightOffset) + (bias?[c] ?? 0);
            for (var v = 0; v < config.VocabularySize; v++) logits[t * config.VocabularySize + v] = config.LogitMultiplier * Enumerable.Range(0, hidden).Sum(c => head[v * hidden + c] * x[c]);
        }

        return logits;

        void Advance(int index, LayerConfig part)
        {
            using var block = new DecoderBlock(config with { Layers = [.. config.Layers.Select((layer, i) => i == index ? part : layer)] }, index, model.FindWeight);
            stream.Advance(block, index, default);
        }

        void Project()
        {
            var basis = bases.All[next++];
            var size = config.HiddenSize;
            for (var t = 0; t < Count; t++)
            {
                double[] x = [.. Enumerable.Range(0, size).Select(c => (double)stream.Values[t * size + c])];
                if (config.Norm == NormKind.LayerNorm)
                {
                    var mean = x.Average();
                    for (var c = 0; c < size; c++) x[c] -= mean;
                }

                var z = new double[width];
                for (var c = 0; c < size; c++)
                    for (var k = 0; k < width; k++) z[k] += basis.Values[c * width + k] * x[c];
                for (var c = 0; c < size; c++) stream.Values[t * size + c] = (float)Enumerable.Range(0, width).Sum(k => basis.Values[c * width + k] * z[k]);
            }
        }
    }
}
