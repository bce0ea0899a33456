using Pare.Calibration;
using Pare.Compression;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;
using Pare.Tests.Evaluation;
using Pare.Tests.Formats;
using Pare.Tests.Models.Support;
using Pare.Tests.Training.Definition;
using Pare.TestSupport;
using Pare.Training;

namespace Pare.Tests.Compression;

public sealed unsafe class MoDeGptTests
{
    private static readonly string[] s_refused = ["qwen3", "olmo2", "gemma3", "phi3-longrope"];
    private static readonly CalibrationOptions Calibration = new() { Text = SharedFiles.InRepository("models", "wikipedia.txt"), Samples = 24, Window = 128 };

    [Theory]
    [MemberData(nameof(SmallModels.All), MemberType = typeof(SmallModels))]
    public void With_nothing_removed_no_small_model_changes(string name, string layers)
    {
        using var model = SmallModels.Create(name, layers);
        using var temporary = new TemporaryFolder();
        if (Refused(name, model)) return;
        using var same = Decompose(model, new MoDeGptOptions { Sparsity = 1e-9, Multiple = 1, Damping = 0 }, temporary);
        Assert.Equal(model.Graph.ParameterCount, same.Graph.ParameterCount);
        Assert.InRange(Forward.Difference(Forward.Logits(model), Forward.Logits(same)), 0, 5e-4);
    }

    [SharedTheory]
    [MemberData(nameof(Families.All), MemberType = typeof(Families))]
    public void Every_family_is_narrowed_or_refused(string family)
    {
        using var model = Model.Open(Families.PathOf(family));
        using var temporary = new TemporaryFolder();
        if (Refused(family, model)) return;
        using var narrow = Decompose(model, new MoDeGptOptions { Sparsity = 0.25, Multiple = 1, Temperature = 0 }, temporary);
        for (var i = 0; i < model.Config.Layers.Count; i++)
        {
            var (before, after) = (model.Config.Layers[i], narrow.Config.Layers[i]);
            Assert.Equal((int)Math.Round(before.FfnSize * 0.75), after.FfnSize);
            Assert.Equal((int)Math.Round(before.HeadSize * 0.75 / 2) * 2, after.HeadSize);
            Assert.Equal(before.Heads, after.Heads);
            Assert.Equal(before.Rope, after.Rope);
        }

        Assert.All(Forward.Logits(narrow), logit => Assert.True(float.IsFinite(logit)));
    }

    [Fact]
    public void What_says_nothing_goes_without_a_trace()
    {
        using var model = SmallModels.Create("llama");
        using var temporary = new TemporaryFolder();
        var layer = model.Config.Layers[0];
        Assert.Equal((6, 24), (layer.HeadSize, model.Config.HiddenSize));
        var kept = (int)Math.Round(layer.FfnSize * 2 / 3.0);
        for (var i = 0; i < model.Config.Layers.Count; i++)
        {
            for (var group = 0; group < layer.KeyValueHeads; group++)
            {
                // Keys of one rotary pair, another in each group, are zero.
                foreach (var channel in (int[])[group % 3, (group % 3) + 3]) Row(model, ParameterRole.Key, i, group * 6 + channel).Clear();
                // Two of six values are mixtures of others.
                for (var c = 0; c < 24; c++)
                {
                    Row(model, ParameterRole.Value, i, group * 6 + 2)[c] = Row(model, ParameterRole.Value, i, group * 6)[c] - Row(model, ParameterRole.Value, i, group * 6 + 1)[c];
                    Row(model, ParameterRole.Value, i, group * 6 + 5)[c] = 2 * Row(model, ParameterRole.Value, i, group * 6 + 3)[c];
                }
            }

            // Neurons behind the kept ones are multiples of the first ones.
            for (var n = kept; n < layer.FfnSize; n++)
            {
                Row(model, ParameterRole.Gate, i, n - kept).CopyTo(Row(model, ParameterRole.Gate, i, n));
                for (var c = 0; c < 24; c++) Row(model, ParameterRole.Up, i, n)[c] = 2 * Row(model, ParameterRole.Up, i, n - kept)[c];
            }
        }

        var options = new MoDeGptOptions { Sparsity = 1 / 3.0, Multiple = 1, Temperature = 0, Ridge = 1e-7, Damping = 1e-9 };
        using var narrow = Decompose(model, options, temporary, windows: 60);
        Assert.All(narrow.Config.Layers, small => Assert.Equal((4, kept), (small.HeadSize, small.FfnSize)));
        Assert.Equal([1, 2], narrow.Config.Layers[0].RotaryPairs!.Take(2));
        Assert.InRange(Forward.Difference(Forward.Logits(model), Forward.Logits(narrow)), 0, 1e-3);
        // The order of neurons alone would not do: leaving out the last third of everything is another function.
        using var pool = new ComputePool(1);
        var whole = SubNetwork.Whole(model.Config);
        using var cut = SubNetworkModel.Create(model, whole with { Layers = [.. whole.Layers.Select(sub => sub with { HeadSize = 4, FfnSize = kept })] }, ImportanceOrder.Unsorted(model.Config), pool);
        Assert.True(Forward.Difference(Forward.Logits(model), Forward.Logits(cut)) > 0.02);
    }

    [Theory]
    [InlineData("pare-llama-5m", 0.25)]
    [InlineData("pare-opt-5m", 0.25)]
    [InlineData("stories260K", 0.25)]
    public void Trained_models_lose_less_than_by_leaving_out_the_least(string sample, double share)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", sample));
        using var pool = new ComputePool(2);
        var options = new MoDeGptOptions { Sparsity = share, Temperature = 0, Format = ElementType.F32, Multiple = 4 };
        var report = new CompressionRunner(model, new Recipe { Passes = [options], Calibration = Calibration }).Run(temporary.File("out"), pool: pool);
        Assert.Single(report.Notes);
        Assert.False(Directory.Exists(temporary.File("out.run")));
        using var narrow = Model.Open(temporary.File("out"));
        Assert.True(narrow.Graph.ParameterCount < model.Graph.ParameterCount);
        var windows = CalibrationText.Read(Calibration, model, 0);
        using var trainable = TrainableModel.From(model, new TrainableOptions { IsFrozen = true });
        using var engine = new GradientEngine(trainable, new GradientOptions { Threads = 2 });
        var scores = ImportanceScorer.Score(engine, windows.All, windows.Window);
        var whole = SubNetwork.Whole(model.Config);
        // Neurons by their mean size; heads stay whole, which only helps.
        var shape = whole with { Layers = [.. whole.Layers.Select((layer, i) => layer with { FfnSize = narrow.Config.Layers[i].FfnSize })] };
        SubNetworkModel.Write(model, shape, scores.ToOrder(model.Config), temporary.File("cut"), false, pool, new SubNetworkTreatment { Format = _ => ElementType.F32 });
        using var cut = Model.Open(temporary.File("cut"));
        var (dense, decomposed, least) = (Loss(model), Loss(narrow), Loss(cut));
        Assert.True(decomposed < least, $"{dense} became {decomposed}, and {least} without the least neurons");

        double Loss(Model of)
        {
            using var run = new InferenceEngine(of, new EngineOptions { Threads = 2 });
            return Math.Log(new PerplexityEvaluator(of, run).Evaluate(CalibrationText.Read(Calibration with { Samples = 12 }, of, 7)).Perplexity);
        }
    }

    [Fact]
    public void Blocks_of_more_influence_keep_more_and_the_model_decodes_as_it_prefills()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", "pare-llama-5m"));
        new CompressionRunner(model, new Recipe { Passes = [new MoDeGptOptions { Sparsity = 0.3 }, new RoundToNearestOptions { Format = ElementType.Q8_0 }], Calibration = Calibration }).Run(temporary.File("out"));
        using var narrow = Model.Open(temporary.File("out"));
        var blocks = narrow.Provenance!["modegpt"]!["blocks"]!.AsArray().Select(block => ((double)block!["influence"]!, (int)block["neurons"]!)).OrderBy(block => block.Item1).ToList();
        for (var i = 1; i < blocks.Count; i++) Assert.True(blocks[i].Item2 >= blocks[i - 1].Item2);
        Assert.True(blocks[0].Item2 < blocks[^1].Item2);
        using var engine = new InferenceEngine(narrow, new EngineOptions { Threads = 2, KvCacheType = ElementType.F32 });
        int[] tokens = [.. Enumerable.Range(0, 20).Select(i => (i * 37 + 11) % 4096)];
        using var once = engine.CreateCache(20);
        var together = new float[20 * 256];
        engine.Forward(tokens, once, together);
        using var cache = engine.CreateCache(20);
        var hidden = new float[256];
        for (var t = 0; t < 20; t++)
        {
            engine.Forward(tokens.AsSpan(t, 1), cache, hidden);
            for (var i = 0; i < 256; i++) Assert.Equal(together[t * 256 + i], hidden[i], 1e-3);
        }

        Assert.Contains("rotary pairs of their own", Assert.Throws<ExportException>(() => ModelExporter.Plan(narrow, temporary.File("x.gguf"), new ExportOptions())).Message, StringComparison.Ordinal);
        Assert.Contains("rotary pairs of their own", Assert.Throws<ArgumentException>(() => TrainableModel.From(narrow)).Message, StringComparison.Ordinal);
        Assert.Contains("rotary pairs of their own", Assert.Throws<RecipeException>(() => new CompressionRunner(narrow, new Recipe { Passes = [new MoDeGptOptions { Sparsity = 0.3 }], Calibration = Calibration })).Message, StringComparison.Ordinal);
        new CompressionRunner(narrow, new Recipe { Passes = [new RoundToNearestOptions { Format = ElementType.Q8_0 }] }).Run(temporary.File("again"));
        using var again = Model.Open(temporary.File("again"));
        for (var i = 0; i < 6; i++) Assert.Equal(narrow.Config.Layers[i].RotaryPairs!, again.Config.Layers[i].RotaryPairs!);
    }

    [Theory]
    [InlineData("[[0,1],null,null,null,null]")]
    [InlineData("[[0,1,2,3,99]]")]
    [InlineData("7")]
    public void Damaged_lists_of_pairs_are_refused(string pairs)
    {
        using var temporary = new TemporaryFolder();
        using (var model = Model.Open(SharedFiles.InRepository("models", "stories260K")))
            new CompressionRunner(model, new Recipe { Passes = [new MoDeGptOptions { Sparsity = 0.3, Multiple = 4 }], Calibration = Calibration }).Run(temporary.File("out"));
        var config = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(temporary.File("out/config.json")))!;
        config["pare_structure"]!["rotary_pairs"] = System.Text.Json.Nodes.JsonNode.Parse(pairs);
        File.WriteAllText(temporary.File("out/config.json"), config.ToJsonString());
        Assert.Contains("rotary_pairs", Assert.Throws<ModelFormatException>(() => Model.Open(temporary.File("out"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_shares_of_blocks_have_their_mean_and_their_limit()
    {
        double[] influences = [0.5, 0.1, 0.12, 0.05, 0.3];
        var even = MoDeGptAllocation.Shares(influences, 0.3, 0, 0.8);
        Assert.All(even, share => Assert.Equal(0.3, share));
        var free = MoDeGptAllocation.Shares(influences, 0.2, 0.5, 0.99);
        Assert.Equal(0.2, free.Average(), 1e-12);
        for (var i = 1; i < 5; i++) Assert.Equal(Math.Exp((influences[0] - influences[i]) / 0.5), free[i] / free[0], 1e-9);
        var limited = MoDeGptAllocation.Shares(influences, 0.4, 0.01, 0.6);
        Assert.Equal(0.4, limited.Average(), 1e-12);
        Assert.All(limited, share => Assert.InRange(share, 0, 0.6 + 1e-12));
        Assert.Equal([0.6, 0.6, 0.6], [limited[1], limited[2], limited[3]]);
        Assert.All(MoDeGptAllocation.Shares([0, 1000], 0.5, 1e-3, 0.5), share => Assert.Equal(0.5, share, 1e-12));
    }

    [Fact]
    public void Kept_inputs_make_up_for_the_others_as_least_squares_do()
    {
        const int N = 12, Rows = 5, Tokens = 200;
        var random = new SeededRandom(3);
        var x = Gaussian(random, Tokens * N);
        for (var t = 0; t < Tokens; t++) x[t * N + 3] += 2 * x[t * N + 7];
        var moments = Moments(x, N);
        float[] weights = [.. Gaussian(random, Rows * N).Select(value => (float)value)];
        int[] kept = [0, 2, 3, 5, 8, 11];
        using var pool = new ComputePool(2);
        float[] found;
        fixed (float* c = Array.ConvertAll(moments, value => (float)value)) found = MoDeGptMath.Nystroem(pool, weights, c, N, kept, 0);
        for (var r = 0; r < Rows; r++)
        {
            // Gauss–Jordan elimination of the normal equations.
            var k = kept.Length;
            var system = new double[k, k + 1];
            for (var i = 0; i < k; i++)
            {
                for (var j = 0; j < k; j++) system[i, j] = moments[kept[i] * N + kept[j]];
                for (var c = 0; c < N; c++) system[i, k] += moments[kept[i] * N + c] * weights[r * N + c];
            }

            for (var i = 0; i < k; i++)
            {
                var pivot = system[i, i];
                for (var j = 0; j <= k; j++) system[i, j] /= pivot;
                for (var other = 0; other < k; other++)
                {
                    if (other == i) continue;
                    var factor = system[other, i];
                    for (var j = 0; j <= k; j++) system[other, j] -= factor * system[i, j];
                }
            }

            for (var i = 0; i < k; i++) Assert.Equal(system[i, k], found[r * k + i], 1e-4);
        }
    }

    [Fact]
    public void Leverage_scores_are_those_of_the_eigenvalues()
    {
        const int N = 9;
        var moments = Moments(Gaussian(new SeededRandom(4), 40 * N), N);
        using var pool = new ComputePool(1);
        double[] found;
        fixed (float* c = Array.ConvertAll(moments, value => (float)value)) found = MoDeGptMath.LeverageScores(pool, c, N, 0.3);
        var ridge = 0.3 * Enumerable.Range(0, N).Average(i => moments[i * N + i]);
        var (vectors, values) = ((double[])moments.Clone(), new double[N]);
        fixed (double* u = vectors, d = values) SymmetricEigen.Decompose(pool, u, d, N);
        for (var i = 0; i < N; i++) Assert.Equal(Enumerable.Range(0, N).Sum(j => vectors[j * N + i] * vectors[j * N + i] * values[j] / (values[j] + ridge)), found[i], 1e-5);
    }

    [Fact]
    public void Output_moments_are_sums_over_tokens()
    {
        const int N = 7, Rows = 4, Tokens = 30;
        var random = new SeededRandom(5);
        var (x, w, b) = (Gaussian(random, Tokens * N), Gaussian(random, Rows * N), Gaussian(random, Rows));
        for (var i = 0; i < x.Length; i++) x[i] += 0.5;
        double[] sums = [.. Enumerable.Range(0, N).Select(c => Enumerable.Range(0, Tokens).Sum(t => x[t * N + c]))];
        using var pool = new ComputePool(1);
        double[] found;
        fixed (float* c = Array.ConvertAll(Moments(x, N), value => (float)value))
            found = MoDeGptMath.OutputMoments(pool, Array.ConvertAll(w, value => (float)value), Array.ConvertAll(b, value => (float)value), c, sums, Tokens);
        double Y(int t, int r) => b[r] + Enumerable.Range(0, N).Sum(c => w[r * N + c] * x[t * N + c]);
        for (var i = 0; i < Rows; i++)
            for (var j = 0; j < Rows; j++) Assert.Equal(Enumerable.Range(0, Tokens).Sum(t => Y(t, i) * Y(t, j)), found[i * Rows + j], 1e-3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(8)]
    public void Value_directions_lose_what_the_best_approximation_of_that_rank_loses(int k)
    {
        const int D = 8;
        var random = new SeededRandom(6);
        var values = Moments(Gaussian(random, 50 * D), D);
        var readers = Moments(Gaussian(random, 5 * D), D);
        using var pool = new ComputePool(1);
        var (into, back) = MoDeGptMath.ValueDirections(pool, (double[])values.Clone(), readers, D, k, 0);
        // E‖O (v − B A v)‖² = tr(R (I − BA) G (I − BA)ᵀ).
        var rest = new double[D * D];
        for (var i = 0; i < D; i++)
            for (var j = 0; j < D; j++) rest[i * D + j] = (i == j ? 1 : 0) - Enumerable.Range(0, k).Sum(t => back[i * k + t] * into[t * D + j]);
        var product = MoDeGptMath.Multiply(MoDeGptMath.Multiply(MoDeGptMath.Multiply(readers, rest, D, D, D), values, D, D, D), Transposed(rest), D, D, D);
        var lost = Enumerable.Range(0, D).Sum(i => product[i * D + i]);
        // The squared singular values of R^½ G^½ beyond the k-th, by the eigenvalues of G^½ R G^½.
        var (vectors, powers) = ((double[])values.Clone(), new double[D]);
        fixed (double* u = vectors, p = powers) SymmetricEigen.Decompose(pool, u, p, D);
        var root = new double[D * D];
        for (var i = 0; i < D; i++)
            for (var j = 0; j < D; j++) root[i * D + j] = Enumerable.Range(0, D).Sum(t => Math.Sqrt(powers[t]) * vectors[t * D + i] * vectors[t * D + j]);
        var heard = MoDeGptMath.Multiply(MoDeGptMath.Multiply(root, readers, D, D, D), root, D, D, D);
        fixed (double* u = heard, p = powers) SymmetricEigen.Decompose(pool, u, p, D);
        var total = powers.Sum();
        Assert.Equal(powers.Skip(k).Sum() / total, lost / total, 1e-10);

        static double[] Transposed(double[] a) => [.. Enumerable.Range(0, D * D).Select(i => a[i % D * D + i / D])];
    }

    [Theory]
    [InlineData(0.0, 0.8, "sparsity")]
    [InlineData(1.0, 0.8, "sparsity")]
    [InlineData(0.5, 0.4, "mostOfBlock")]
    public void Options_out_of_range_are_refused(double share, double most, string key)
    {
        using var model = SmallModels.Create("llama");
        Assert.Equal($"passes[0].{key}", Assert.Throws<RecipeException>(() => new MoDeGptPass(new MoDeGptOptions { Sparsity = share, MostOfBlock = most }, model, "passes[0]")).Path);
    }

    private static bool Refused(string name, Model model)
    {
        if (!s_refused.Contains(name)) return false;
        var exception = Assert.Throws<RecipeException>(() => new MoDeGptPass(new MoDeGptOptions { Sparsity = 0.3 }, model, "passes[0]"));
        Assert.Contains("cannot narrow the heads", exception.Message, StringComparison.Ordinal);
        return true;
    }

    private static Model Decompose(Model model, MoDeGptOptions options, TemporaryFolder temporary, int windows = 12)
    {
        using var tokens = new SmallTokens(model.Config.VocabularySize, windows, 16);
        using var pool = new ComputePool(1);
        using var edited = new MoDeGptPass(options, model, "passes[0]").Run(temporary.File("work"), new CalibrationData(TokenWindows.FromFile(tokens.Path)), pool, null, default);
        return EditedModels.Write(edited, temporary);
    }

    private static Span<float> Row(Model model, ParameterRole role, int layer, int row)
    {
        var weight = model.GetWeight(new ParameterId(role, layer));
        Assert.True(weight is { HasStoredRows: true, Type: ElementType.F32 });
        return new Span<float>((float*)weight.StoredRow(row), weight.Columns);
    }

    private static double[] Gaussian(SeededRandom random, int count) => [.. Enumerable.Range(0, count).Select(_ => (double)random.NextGaussian())];

    // Σ x xᵀ over rows.
    private static double[] Moments(double[] x, int n)
    {
        var moments = new double[n * n];
        for (var t = 0; t < x.Length; t += n)
            for (var i = 0; i < n; i++)
                for (var j = 0; j < n; j++) moments[i * n + j] += x[t + i] * x[t + j];
        return moments;
    }
}
