using System.Text.Json.Nodes;
using Pare.Calibration;
using Pare.Compression;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;
using Pare.Tests.Formats;
using Pare.Tests.Training.Definition;
using Pare.TestSupport;

namespace Pare.Tests.Runtime;

/// <summary>One predictor for all blocks behind the first.</summary>
public sealed class SharedPredictorTests
{
    private const int Group = 4;
    private static readonly CalibrationOptions Text = new() { Text = SharedFiles.InRepository("models", "wikipedia.txt"), Samples = 8, Window = 128 };

    /// <summary>h by its formula in double precision from the stream behind the first block, which a model of that block alone gives with the identity for its head.</summary>
    [Theory]
    [InlineData("llama")]
    [InlineData("opt")]
    [InlineData("gpt-neox")]
    public void Logits_are_those_of_the_definition_with_unforeseen_neurons_at_zero(string name)
    {
        using var model = SmallModels.Create(name);
        var tokens = SmallModels.Tokens(model, sequences: 1);
        var sparsity = Random(model, rank: 5);
        var stream = FirstBlock(model, tokens);
        var tally = new PredictionTally();
        var expected = new DoubleModel(model.Config, DoubleGradients.ValuesOf(model), stage: (layer, site, x) =>
        {
            if (site != ActivationSite.Neurons || layer == 0) return;
            var neurons = sparsity.Predictor(layer)!.Groups * Group;
            for (var t = 0; t < tokens[0].Length; t++)
            {
                var token = t;
                tally.Mask(x.AsSpan(t * neurons, neurons), Group, g => Score(sparsity, layer, stream.AsSpan(token * model.Config.HiddenSize, model.Config.HiddenSize), g));
            }
        }).Logits(new Tape(), tokens).Value;
        Assert.InRange(tally.Share, 0.2, 0.8);

        using var engine = new InferenceEngine(model, new EngineOptions { Threads = 2, Thresholds = sparsity, PredictsNeurons = true });
        foreach (var step in (int[])[tokens[0].Length, 1])
        {
            engine.ResetActivity();
            Assert.InRange(DoubleGradients.Difference(expected, Array.ConvertAll(NeuronPredictionTests.Logits(engine, tokens[0], step), value => (double)value)), 0, 1e-4);
            tally.AssertCounted(engine);
        }
    }

    /// <summary>From recipe to decoding: what is foreseen is read and nothing else, in memory and from disk, with the bits that masking gives; without prediction nothing changes.</summary>
    [Theory]
    [InlineData("pare-llama-5m")]
    [InlineData("pare-opt-5m")]
    public void Decoding_reads_what_is_foreseen_and_gives_what_masking_gives(string name)
    {
        using var temporary = new TemporaryFolder();
        using var model = Make(temporary, name);
        var sparsity = model.ActivationSparsity!;
        Assert.Null(sparsity.Predictor(0));
        Assert.Equal(48, sparsity.Shared!.Rank);
        Assert.All(Enumerable.Range(1, 5), layer => Assert.InRange(sparsity.Predictor(layer)!.Recall!.Value, 0.4, 1));
        var tokens = Enumerable.Range(0, 30).Select(i => (i * 131 + 7) % model.Config.VocabularySize).ToArray();
        var options = new EngineOptions { Threads = 2, Activations = ActivationPrecision.Int8, SkipsAlways = true, NeuronFile = temporary.File("n") };
        var limited = options with { MemoryBytes = 6_000_000 };
        using var dense = new InferenceEngine(model, options with { SkipsZeros = false });
        using var exact = new InferenceEngine(model, options);
        using var masked = new InferenceEngine(model, options with { SkipsZeros = false, PredictsNeurons = true });
        using var predicted = new InferenceEngine(model, options with { PredictsNeurons = true });
        using var paged = new InferenceEngine(model, limited);
        using var pagedPredicted = new InferenceEngine(model, limited with { PredictsNeurons = true });
        var (whole, foreseen) = (Logits(dense), Logits(masked));
        exact.ResetActivity();
        predicted.ResetActivity();
        Assert.Equal(whole, Logits(exact));
        Assert.Equal(whole, Logits(paged));
        Assert.Equal(foreseen, Logits(predicted));
        Assert.Equal(foreseen, Logits(pagedPredicted));
        Assert.NotEqual(whole, foreseen);
        Assert.True(predicted.BytesReadPerToken < exact.BytesReadPerToken);
        Assert.True(paged.CountedFetches()!.Foreseen > 0);

        float[] Logits(InferenceEngine engine) => NeuronPredictionTests.Logits(engine, tokens, 1);
    }

    [Fact]
    public void A_planted_network_is_learnt_and_blocks_are_weighed_by_their_own_density()
    {
        const int Tokens = 6144, Inputs = 16, Width = 6;
        var random = new SeededRandom(2);
        var (first, bias) = (Gaussians(Width * Inputs), Gaussians(Width));
        int[] groups = [24, 12];
        var second = Gaussians(36 * Width);
        var x = new float[Tokens * Inputs];
        var active = new BitRows(Tokens, 36);
        for (var t = 0; t < Tokens; t++)
        {
            var row = x.AsSpan(t * Inputs, Inputs);
            foreach (ref var value in row) value = (float)random.NextGaussian();
            NeuronPrediction.Normalize(row, row);
            for (var g = 0; g < 36; g++)
            {
                // The second block's groups are rare.
                double z = g < 24 ? 0 : -6;
                for (var r = 0; r < Width; r++)
                {
                    double h = bias[r];
                    for (var i = 0; i < Inputs; i++) h += first[r * Inputs + i] * row[i];
                    z += second[g * Width + r] * Math.Max(0, h);
                }

                if (z > 0) active.Set(t, g);
            }
        }

        using var pool = new ComputePool(2);
        var done = 0.0;
        var (shared, blocks) = PredictorTraining.RunShared(pool, x, active, groups, 64, seed: 1, share => done = share, default);
        Assert.Equal(1, done);
        Assert.Equal((64, Inputs), (shared.Rank, shared.Inputs));
        Assert.Equal(groups, blocks.Select(block => block.Groups));
        Assert.All(blocks, block => Assert.InRange(block.Recall!.Value, 0.93, 1));
        // Zeros count less, as the share of active groups, so more is predicted than is active.
        Assert.InRange(blocks[0].Precision!.Value, 0.75, 1);
        // Linear maps alone cannot: what is rectified is what makes the difference.
        var linear = PredictorTraining.Run(pool, x, active, 64, seed: 1);
        Assert.True(Quality(blocks) > 0.03 + (linear.Recall!.Value + linear.Precision!.Value) / 2);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => { PredictorTraining.RunShared(pool, x, active, groups, 8, seed: 1, null, cancelled.Token); });

        double Quality(NeuronPredictor[] parts)
        {
            // As the linear one counts: over all groups.
            var (real, foreseen, both) = (0.0, 0.0, 0.0);
            foreach (var part in parts)
            {
                foreseen += part.Share!.Value * part.Groups;
                both += part.Share!.Value * part.Groups * part.Precision!.Value;
                real += part.Share!.Value * part.Groups * part.Precision!.Value / part.Recall!.Value;
            }

            return (both / real + both / foreseen) / 2;
        }

        float[] Gaussians(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)random.NextGaussian())];
    }

    [Fact]
    public void It_is_stored_and_comes_back_and_damage_is_named()
    {
        using var temporary = new TemporaryFolder();
        using var model = SmallModels.Create("llama");
        var made = Random(model, rank: 5);
        var json = new JsonObject { [ActivationSparsityFile.Key] = ActivationSparsityFile.ToJson(made) };
        ActivationSparsityFile.WriteTensors(temporary.Path, made);
        var read = ActivationSparsityFile.Read(temporary.Path, json, model.Config)!;
        Assert.True(made.Shared!.First.SequenceEqual(read.Shared!.First) && made.Shared.Bias.SequenceEqual(read.Shared.Bias));
        for (var layer = 1; layer < made.Layers; layer++)
            Assert.True(made.Predictor(layer)!.Second.SequenceEqual(read.Predictor(layer)!.Second) && made.Predictor(layer)!.Bias.SequenceEqual(read.Predictor(layer)!.Bias));
        Assert.Null(read.Predictor(0));

        json[ActivationSparsityFile.Key]!.AsObject().Remove(PredictorTensors.SharedKey);
        Assert.Contains("layers.1.predictor.first: is missing", Assert.Throws<ModelFormatException>(() => ActivationSparsityFile.Read(temporary.Path, json, model.Config)).Message, StringComparison.Ordinal);
        made.Shared = new SharedPredictor(new Half[24 * 6], new float[6]);
        Assert.Contains("width of 5 and what it reads 6", made.FindMisfit(model.Config), StringComparison.Ordinal);
        made.Shared = new SharedPredictor(new Half[20 * 5], new float[5]);
        Assert.Contains("the shared predictor reads 20 channels", made.FindMisfit(model.Config), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ method: activation-sparsity, rule: cats, level: 0.5, sharedPredictor: 16 }", "give group 8, or a multiple")]
    [InlineData("{ method: activation-sparsity, rule: cats, level: 0.5, group: 8, sharedPredictor: 16, predictor: 8 }", "takes the place of predictor")]
    [InlineData("{ method: activation-sparsity, rule: cats, perplexityIncrease: 0.01, group: 8, sharedPredictor: 16 }", "search with perplexityIncrease first")]
    [InlineData("{ method: round-to-nearest, format: q8_0 }, { method: activation-sparsity, rule: cats, level: 0.5, group: 8, sharedPredictor: 16 }", "on a finished model")]
    public void Recipes_that_do_not_fit_are_refused(string passes, string expected)
    {
        using var model = Model.Open(SharedFiles.InRepository("models", "pare-llama-5m"));
        var error = Assert.Throws<RecipeException>(() => new CompressionRunner(model, Recipe.Parse($"passes: [{passes}]") with { Calibration = Text }));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private static Model Make(TemporaryFolder temporary, string name)
    {
        using (var source = Model.Open(SharedFiles.InRepository("models", name)))
            new CompressionRunner(source, new Recipe { Passes = [new RoundToNearestOptions { Format = ElementType.Q8_0 }] }).Run(temporary.File("q8"));
        using (var source = Model.Open(temporary.File("q8")))
            new CompressionRunner(source, new Recipe { Passes = [new ActivationSparsityOptions { Rule = ActivationRule.Cats, Level = 0.6, Group = 8, SharedPredictor = 48 }], Calibration = Text }).Run(temporary.File("out"));
        return Model.Open(temporary.File("out"));
    }

    private static ActivationSparsity Random(Model model, int rank)
    {
        var random = new SeededRandom(9);
        var (size, layers) = (model.Config.HiddenSize, model.Config.Layers);
        var sparsity = new ActivationSparsity("test", null, Group, layers.Count) { Shared = new SharedPredictor(Halves(rank * size, Math.Sqrt(size)), [.. Enumerable.Range(0, rank).Select(_ => (float)random.NextGaussian())]) };
        for (var layer = 0; layer < layers.Count; layer++)
        {
            sparsity[layer, ActivationSite.Neurons] = new SiteThreshold { Value = 0 };
            if (layer > 0) sparsity.SetPredictor(layer, new NeuronPredictor([], Halves(layers[layer].FfnSize / Group * rank, 1), [.. Enumerable.Range(0, layers[layer].FfnSize / Group).Select(_ => (float)(0.1 * random.NextGaussian()))], rank));
        }

        return sparsity;

        Half[] Halves(int count, double divisor) => [.. Enumerable.Range(0, count).Select(_ => (Half)(random.NextGaussian() / divisor))];
    }

    // B · max(0, A·x / rms(x) + a) + c of a group.
    private static double Score(ActivationSparsity sparsity, int layer, ReadOnlySpan<double> x, int group)
    {
        var (shared, predictor) = (sparsity.Shared!, sparsity.Predictor(layer)!);
        double squares = 0;
        foreach (var value in x) squares += value * value;
        var rms = Math.Sqrt(squares / x.Length + 1e-6);
        double sum = predictor.Bias[group];
        for (var r = 0; r < shared.Rank; r++)
        {
            double h = shared.Bias[r];
            for (var i = 0; i < x.Length; i++) h += (double)shared.First[r * x.Length + i] * x[i] / rms;
            sum += (double)predictor.Second[group * shared.Rank + r] * Math.Max(0, h);
        }

        return sum;
    }

    private static double[] FirstBlock(Model model, int[][] tokens)
    {
        var (config, size) = (model.Config, model.Config.HiddenSize);
        var values = DoubleGradients.ValuesOf(model);
        var embedding = values[new ParameterId(ParameterRole.TokenEmbedding)];
        values[new ParameterId(ParameterRole.TokenEmbedding)] = [.. embedding, .. new double[size * size - embedding.Length]];
        var identity = new double[size * size];
        for (var i = 0; i < size; i++) identity[i * size + i] = 1;
        values[new ParameterId(ParameterRole.Head)] = identity;
        return new DoubleModel(config with { Layers = [config.Layers[0]], HasFinalNorm = false, VocabularySize = size, TieWordEmbeddings = false }, values).Logits(new Tape(), tokens).Value;
    }
}
