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
using Pare.Training;

namespace Pare.Tests.Compression.Surgeon;

/// <summary>Neurons and heads that are cut out of all sites which touch them.</summary>
public sealed class CoupledTests : IDisposable
{
    private readonly ComputePool _pool = new(2);

    // gpt2 and opt have no key for the size of a head, olmo2 norms all heads together: neurons alone are cut there.
    [Theory]
    [InlineData("llama-tied-bias", "uneven", true)]
    [InlineData("qwen3", "missing", true)]
    [InlineData("gemma2", "uniform", true)]
    [InlineData("phi3", "uniform", false)]
    [InlineData("starcoder2", "uniform", false)]
    [InlineData("gpt2", "uniform", false)]
    [InlineData("opt", "uniform", false)]
    [InlineData("olmo2", "uniform", false)]
    public void The_narrow_model_computes_what_the_one_with_zeros_does(string name, string layers, bool heads)
    {
        using var model = SmallModels.Create(name, layers);
        using var trainable = TrainableModel.From(model, new TrainableOptions { IsFrozen = true });
        var sites = model.Graph.Sites;
        var dimensions = CoupledDimension.Of(model.Graph, sites);
        Assert.Contains(dimensions, dimension => dimension.Dimension.Kind == DimensionKind.Neuron);
        if (heads) Assert.Contains(dimensions, dimension => dimension.Dimension.Kind == DimensionKind.KeyValueGroup);
        using var factors = new CurvatureFactors(new CurvatureOptions { Kind = CurvatureKind.Identity }, null);
        var options = new SurgeonOptions { Sparsity = 0.3, Calibration = "", Structure = PruningStructure.Coupled };
        var shot = new SurgeonShot(_pool, options, sites, dimensions, factors, site => trainable.Values(site.Weight), site => site.HasBias ? trainable.Values(site.Bias) : default);
        // The share counts heads too, which some of these families keep.
        var result = shot.Run(0.2, damping: 1, default);
        Assert.InRange(result.Sparsity, 0.1, 0.201);

        var narrow = new NarrowModel(trainable, dimensions);
        var graph = new ModelGraph(narrow.Config);
        Assert.InRange(graph.Sites.Sum(site => site.WeightCount), 1, (1 - result.Sparsity + 1e-9) * sites.Sum(site => site.WeightCount));
        var tokens = SmallModels.Tokens(model);
        var expected = Logits(model.Config, model.Graph, id => trainable.Values(id).ToArray());
        var found = Logits(narrow.Config, graph, narrow.Values);
        // Double precision; only sums of zeros are left out.
        Assert.InRange(DoubleGradients.Difference(found, expected), 0, 1e-12);
        Assert.True(DoubleGradients.Difference(expected, Logits(model.Config, model.Graph, id => model.GetWeight(id).ToArray())) > 1e-3);

        double[] Logits(ModelConfig config, ModelGraph shapes, Func<ParameterId, float[]> values)
        {
            foreach (var parameter in shapes.Parameters) Assert.Equal(parameter.Count, values(parameter.Id).Length);
            return new DoubleModel(config, shapes.Parameters.ToDictionary(p => p.Id, p => Array.ConvertAll(values(p.Id), v => (double)v))).Logits(new Tape(), tokens).Value;
        }
    }

    [Fact]
    public void The_least_costly_units_for_their_weights_go()
    {
        using var model = SmallModels.Create("llama", "uneven");
        var dimensions = CoupledDimension.Of(model.Graph, model.Graph.Sites);
        var random = new SeededRandom(12);
        double[][] costs = [.. dimensions.Select(dimension => Enumerable.Range(0, dimension.Dimension.Units).Select(_ => random.NextDouble() * dimension.WeightsPerUnit).ToArray())];
        var total = model.Graph.Sites.Sum(site => site.WeightCount);
        foreach (var share in (double[])[0, 0.1, 0.35, 0.6])
        {
            var target = (long)(share * total);
            var selection = new CoupledSelection(dimensions, costs, target, total, _ => 1);
            var gone = dimensions.Select((dimension, i) => selection.Units[i].Count(unit => unit) * dimension.WeightsPerUnit).Sum();
            Assert.Equal(gone, selection.Removed);
            // Units hold up to 432 of 5,000 weights here.
            Assert.InRange(gone, target - dimensions.Min(dimension => dimension.WeightsPerUnit), target);
            for (var i = 0; i < dimensions.Count; i++)
            {
                Assert.Contains(false, selection.Units[i]);
                // Within a dimension no unit goes before a cheaper one.
                var removed = costs[i].Where((_, unit) => selection.Units[i][unit]).DefaultIfEmpty(0).Max();
                Assert.True(removed <= costs[i].Where((_, unit) => !selection.Units[i][unit]).Min());
            }
        }
    }

    [Fact]
    public void The_written_model_is_smaller_and_has_the_perplexity_of_the_last_shot()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", "stories260K"));
        var text = SharedFiles.InRepository("models", "stories.txt");
        var options = new SurgeonOptions
        {
            Sparsity = 0.2,
            Structure = PruningStructure.Coupled,
            Calibration = text,
            CalibrationTokens = 1024,
            HeldOutTokens = 512,
            Window = 128,
            Shots = 2,
            Format = ElementType.F32,
        };
        var report = new CompressionRunner(model, new Recipe { Passes = [options] }).Run(temporary.File("out"));
        Assert.InRange(report.Shots[^1].Sparsity, 0.199, 0.2);
        using var small = Model.Open(temporary.File("out"));
        Assert.False(small.Config.IsUniform);
        Assert.Equal((1 - report.Shots[^1].Sparsity) * model.Graph.Sites.Sum(site => site.WeightCount), small.Graph.Sites.Sum(site => site.WeightCount), 0.5);
        var windows = TokenWindows.FromText(model.Tokenizer, text, TextProtocol.Plain, 128, 12);
        using var engine = new InferenceEngine(small, new EngineOptions { Threads = 1, KvCacheType = ElementType.F32 });
        using var scorer = new TokenScorer(engine, 128);
        var losses = new double[127];
        var sum = 0.0;
        // Behind the eight windows of the curvature.
        for (var window = 8; window < 12; window++)
        {
            scorer.Score(windows[window], losses);
            sum += losses.Sum();
        }

        Assert.Equal(1, Math.Exp(sum / (4 * 127)) / report.Shots[^1].Perplexity, 1e-4);
    }

    public void Dispose() => _pool.Dispose();
}
