using Pare.Calibration;
using Pare.Compression;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;
using Pare.Tests.Formats;
using Pare.Tests.Training.Definition;
using Pare.TestSupport;

namespace Pare.Tests.Runtime;

/// <summary>Predicted neurons: what is not predicted is zero, everywhere; without prediction nothing changes.</summary>
public sealed class NeuronPredictionTests
{
    private static readonly CalibrationOptions Text = new() { Text = SharedFiles.InRepository("models", "wikipedia.txt"), Samples = 8, Window = 128 };

    /// <summary>Predictors by their formula in double precision, applied in the definition of the models.</summary>
    [Theory]
    [InlineData("llama")]
    [InlineData("opt")]
    [InlineData("gpt-neox")]
    [InlineData("phi3")]
    public void Logits_are_those_of_the_definition_with_unforeseen_neurons_at_zero(string name)
    {
        using var model = SmallModels.Create(name);
        var group = model.Config.Layers.Min(layer => layer.FfnSize) % 4 == 0 ? 4 : 2;
        var sparsity = new ActivationSparsity("test", null, group, model.Config.Layers.Count);
        var random = new SeededRandom(9);
        for (var layer = 0; layer < sparsity.Layers; layer++)
        {
            sparsity[layer, ActivationSite.Neurons] = new SiteThreshold { Value = 0 };
            sparsity.SetPredictor(layer, RandomPredictor(random, model.Config.HiddenSize, 3, model.Config.Layers[layer].FfnSize / group, 0));
        }

        var tokens = SmallModels.Tokens(model, sequences: 1);
        var inputs = new Dictionary<int, double[]>();
        var tally = new PredictionTally();
        var expected = new DoubleModel(model.Config, DoubleGradients.ValuesOf(model), stage: (layer, site, x) =>
        {
            if (site == ActivationSite.FfnInput) inputs[layer] = [.. x];
            if (site != ActivationSite.Neurons) return;
            var predictor = sparsity.Predictor(layer)!;
            var neurons = predictor.Groups * group;
            for (var t = 0; t < tokens[0].Length; t++)
            {
                var token = t;
                tally.Mask(x.AsSpan(t * neurons, neurons), group, g => Score(predictor, inputs[layer].AsSpan(token * predictor.Inputs, predictor.Inputs), g));
            }
        }).Logits(new Tape(), tokens).Value;
        Assert.InRange(tally.Share, 0.2, 0.8);

        using var engine = new InferenceEngine(model, new EngineOptions { Threads = 2, Thresholds = sparsity, PredictsNeurons = true });
        Assert.InRange(DoubleGradients.Difference(expected, Array.ConvertAll(Logits(engine, tokens[0], tokens[0].Length), value => (double)value)), 0, 1e-4);
        tally.AssertCounted(engine);
    }

    [Theory]
    [InlineData("pare-llama-5m", "q8_0")]
    [InlineData("pare-llama-5m", "q4_0")]
    [InlineData("pare-llama-5m", "2:4-int8")]
    [InlineData("pare-opt-5m", "q8_0")]
    public void Decoding_reads_what_is_foreseen_and_gives_what_masking_gives(string name, string format)
    {
        using var temporary = new TemporaryFolder();
        using (var source = Model.Open(SharedFiles.InRepository("models", name)))
        {
            var recipe = new Recipe
            {
                Passes = [.. format == "2:4-int8" ? [new WandaOptions { Target = SparsityTarget.Pattern(2, 4) }] : Array.Empty<PassOptions>(), new RoundToNearestOptions { Format = ElementTypes.Parse(format) }, new ActivationSparsityOptions { Rule = ActivationRule.Cats, Level = 0.6, Group = 8, Predictor = 16 }],
                Calibration = Text,
            };
            new CompressionRunner(source, recipe).Run(temporary.File("out"));
        }

        using var model = Model.Open(temporary.File("out"));
        Assert.All(Enumerable.Range(0, 6), layer => Assert.InRange(model.ActivationSparsity!.Predictor(layer)!.Recall!.Value, 0.4, 1));
        var tokens = Enumerable.Range(0, 30).Select(i => (i * 131 + 7) % model.Config.VocabularySize).ToArray();
        var options = new EngineOptions { Threads = 2, Activations = ActivationPrecision.Int8, SkipsAlways = true };
        using var dense = new InferenceEngine(model, options with { SkipsZeros = false });
        using var exact = new InferenceEngine(model, options);
        using var masked = new InferenceEngine(model, options with { SkipsZeros = false, PredictsNeurons = true });
        using var predicted = new InferenceEngine(model, options with { PredictsNeurons = true });
        // Exact mode takes no notice of predictors.
        Assert.Equal(Logits(dense, tokens, 1), Logits(exact, tokens, 1));
        exact.ResetActivity();
        predicted.ResetActivity();
        var expected = Logits(masked, tokens, 1);
        Assert.Equal(expected, Logits(predicted, tokens, 1));
        Assert.NotEqual(Logits(exact, tokens, 1), expected);
        Assert.True(predicted.BytesReadPerToken < exact.BytesReadPerToken);
    }

    [Fact]
    public void A_planted_map_is_learnt()
    {
        const int Tokens = 4096, Inputs = 24, Groups = 30, Rank = 4;
        var random = new SeededRandom(2);
        var truth = RandomPredictor(random, Inputs, Rank, Groups, -0.5f);
        var x = new float[Tokens * Inputs];
        foreach (ref var value in x.AsSpan()) value = (float)(3 * random.NextGaussian());
        var (active, chance) = (new BitRows(Tokens, Groups), new BitRows(Tokens, Groups));
        for (var t = 0; t < Tokens; t++)
            for (var g = 0; g < Groups; g++)
            {
                if (Score(truth, Array.ConvertAll(x[(t * Inputs)..((t + 1) * Inputs)], value => (double)value), g) > 0) active.Set(t, g);
                if (random.NextInt(2) == 0) chance.Set(t, g);
            }
        using var pool = new ComputePool(2);
        var found = PredictorTraining.Run(pool, x, active, Rank, seed: 1);
        Assert.InRange(found.Recall!.Value, 0.97, 1);
        Assert.InRange(found.Precision!.Value, 0.85, 1);
        // Nothing to learn from, nothing learnt.
        var noise = PredictorTraining.Run(pool, x, chance, Rank, seed: 1);
        Assert.InRange(noise.Precision!.Value, 0.45, 0.55);
    }

    [Fact]
    public void Predictors_are_stored_and_come_back_and_damage_is_named()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", "pare-llama-5m"));
        var options = new ActivationSparsityOptions { Rule = ActivationRule.Cats, Level = 0.5, Group = 8, Predictor = 8 };
        var made = new CompressionRunner(model, new Recipe { Passes = [options], Calibration = Text }).Run(temporary.File("out")).ActivationSparsity!;
        using (var read = Model.Open(temporary.File("out")))
        {
            for (var layer = 0; layer < made.Layers; layer++)
            {
                var (a, b) = (made.Predictor(layer)!, read.ActivationSparsity!.Predictor(layer)!);
                Assert.Equal((a.Rank, a.Groups, a.Inputs, a.Recall, a.Precision, a.Share), (b.Rank, b.Groups, b.Inputs, b.Recall, b.Precision, b.Share));
                Assert.True(a.First.SequenceEqual(b.First) && a.Second.SequenceEqual(b.Second) && a.Bias.SequenceEqual(b.Bias));
                var again = PredictorJson.Read(System.Text.Json.Nodes.JsonNode.Parse(PredictorJson.Write(a).ToJsonString())!);
                Assert.True(a.First.SequenceEqual(again.First) && a.Second.SequenceEqual(again.Second) && a.Bias.SequenceEqual(again.Bias));
            }
        }

        File.Delete(Path.Combine(temporary.File("out"), "activation-sparsity.safetensors"));
        Assert.Contains("predictors are there", Assert.Throws<ModelFormatException>(() => Model.Open(temporary.File("out"))).Message, StringComparison.Ordinal);
        var other = new ActivationSparsity("cats", 0.5, 8, 6);
        other.SetPredictor(0, RandomPredictor(new SeededRandom(1), 256, 4, 63, 0));
        other[0, ActivationSite.Activation] = new SiteThreshold { Value = 0 };
        Assert.Contains("belongs to another model", Assert.Throws<ArgumentException>(() => new InferenceEngine(model, new EngineOptions { Thresholds = other })).Message, StringComparison.Ordinal);
        Assert.Contains("no predictors", Assert.Throws<ArgumentException>(() => new InferenceEngine(model, new EngineOptions { PredictsNeurons = true })).Message, StringComparison.Ordinal);
    }

    internal static NeuronPredictor RandomPredictor(SeededRandom random, int inputs, int rank, int groups, float bias) => new(
        [.. Enumerable.Range(0, rank * inputs).Select(_ => (Half)(random.NextGaussian() / Math.Sqrt(inputs)))],
        [.. Enumerable.Range(0, groups * rank).Select(_ => (Half)(random.NextGaussian() / Math.Sqrt(rank)))],
        [.. Enumerable.Range(0, groups).Select(_ => bias + (float)(0.1 * random.NextGaussian()))], rank);

    private static double Score(NeuronPredictor predictor, ReadOnlySpan<double> x, int group)
    {
        double sum = predictor.Bias[group];
        for (var r = 0; r < predictor.Rank; r++)
        {
            double hidden = 0;
            for (var i = 0; i < x.Length; i++) hidden += (double)predictor.First[r * x.Length + i] * x[i];
            sum += (double)predictor.Second[group * predictor.Rank + r] * hidden;
        }

        return sum;
    }

    internal static float[] Logits(InferenceEngine engine, int[] tokens, int step)
    {
        using var cache = engine.CreateCache(tokens.Length);
        var width = engine.Config.HiddenSize;
        var hidden = new float[tokens.Length * width];
        for (var t = 0; t < tokens.Length; t += step) engine.Forward(tokens.AsSpan(t, step), cache, hidden.AsSpan(t * width, step * width));
        var logits = new float[tokens.Length * engine.Config.VocabularySize];
        engine.Logits(hidden, tokens.Length, logits);
        return logits;
    }
}
