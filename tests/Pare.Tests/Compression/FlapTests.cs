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

namespace Pare.Tests.Compression;

public sealed unsafe class FlapTests
{
    private static readonly CalibrationOptions Calibration = new() { Text = SharedFiles.InRepository("models", "wikipedia.txt"), Samples = 16, Window = 128 };

    [Theory]
    [InlineData("llama", "uniform")]
    [InlineData("opt", "uneven")]
    [InlineData("gpt-neox", "uniform")]
    public void Scores_and_biases_meet_their_definitions(string name, string layers)
    {
        using var model = SmallModels.Create(name, layers);
        using var temporary = new TemporaryFolder();
        using var pool = new ComputePool(1);
        using var tokens = new SmallTokens(model.Config.VocabularySize, 6, 16);
        var windows = TokenWindows.FromFile(tokens.Path);
        using var edited = new FlapPass(new FlapOptions { Sparsity = 0.3 }, model, "passes[0]").Run(temporary.File("work"), new CalibrationData(windows), pool, null, default);
        using var stream = new BlockStream(model.Config, windows, pool, model.FindWeight);
        var (sets, costs) = (new List<double[]>(), new List<long>());
        var seen = new List<Dictionary<SiteInput, List<double[]>>>();
        for (var i = 0; i < model.Config.Layers.Count; i++)
        {
            var recorder = new Recorder();
            using var block = new DecoderBlock(model, i);
            stream.Observe(block, i, recorder, default);
            stream.Advance(block, i, default);
            seen.Add(recorder.Rows);
            var layer = model.Config.Layers[i];
            sets.Add(model.Config.Architecture.Keys.HeadSize is null ? [] : Standardized([.. Fluctuations(model, i, ParameterRole.Output, recorder.Rows[SiteInput.AttentionValues]).Chunk(layer.QuerySize / layer.KeyValueHeads).Select(group => group.Sum())]));
            costs.Add(model.Graph.Sites.Where(site => site.Layer == i && site.Input is SiteInput.Attention or SiteInput.AttentionValues && site.Layer == i).Sum(site => site.WeightCount) / layer.KeyValueHeads);
            sets.Add(Standardized(Fluctuations(model, i, ParameterRole.Down, recorder.Rows[SiteInput.Neurons])));
            costs.Add(model.Graph.Sites.Where(site => site.Layer == i && site.Input is SiteInput.Ffn or SiteInput.Neurons && site.Layer == i).Sum(site => site.WeightCount) / layer.FfnSize);
        }

        // The least scores of all sets go, but for the best of each.
        var total = sets.Zip(costs, (set, cost) => set.Length * cost).Sum();
        var gone = sets.Select(_ => new HashSet<int>()).ToList();
        double removed = 0;
        foreach (var (set, unit) in sets.SelectMany((scores, set) => scores.Select((_, unit) => (set, unit))).OrderBy(place => sets[place.set][place.unit]))
        {
            if (removed + costs[set] / 2.0 > 0.3 * total) break;
            if (gone[set].Count + 1 < sets[set].Length && gone[set].Add(unit)) removed += costs[set];
        }

        using var cut = EditedModels.Write(edited, temporary);
        for (var i = 0; i < model.Config.Layers.Count; i++)
        {
            Assert.Equal(model.Config.Layers[i].KeyValueHeads - gone[2 * i].Count, cut.Config.Layers[i].KeyValueHeads);
            Assert.Equal(sets[2 * i + 1].Length - gone[2 * i + 1].Count, cut.Config.Layers[i].FfnSize);
            var kept = Enumerable.Range(0, sets[2 * i + 1].Length).Where(unit => !gone[2 * i + 1].Contains(unit)).ToArray();
            var (down, found) = (model.GetWeight(new ParameterId(ParameterRole.Down, i)), cut.GetWeight(new ParameterId(ParameterRole.Down, i)));
            var (given, smaller) = (down.ToArray(), found.ToArray());
            var bias = cut.GetWeight(new ParameterId(ParameterRole.Down, i, IsBias: true)).ToArray();
            var before = model.FindWeight(new ParameterId(ParameterRole.Down, i, IsBias: true))?.ToArray();
            for (var row = 0; row < down.Rows; row++)
            {
                for (var j = 0; j < kept.Length; j++) Assert.Equal(given[row * down.Columns + kept[j]], smaller[row * kept.Length + j]);
                var lost = gone[2 * i + 1].Sum(unit => given[row * down.Columns + unit] * seen[i][SiteInput.Neurons].Average(x => x[unit]));
                Assert.Equal((before?[row] ?? 0) + lost, bias[row], 1e-4);
            }
        }

        Assert.All(Forward.Logits(cut), logit => Assert.True(float.IsFinite(logit)));
    }

    [Theory]
    [InlineData("pare-llama-5m")]
    [InlineData("pare-opt-5m")]
    public void Trained_models_lose_less_with_biases_than_without(string sample)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", sample));
        using var pool = new ComputePool(2);
        var losses = new[] { true, false }.Select(bias =>
        {
            var output = temporary.File($"out-{bias}");
            new CompressionRunner(model, new Recipe { Passes = [new FlapOptions { Sparsity = 0.25, Bias = bias, Format = ElementType.F32 }], Calibration = Calibration }).Run(output, pool: pool);
            using var cut = Model.Open(output);
            var weights = model.Graph.Sites.Sum(site => site.WeightCount);
            var cuttable = sample.Contains("opt", StringComparison.Ordinal) ? model.Graph.Sites.Where(site => site.Input is SiteInput.Ffn or SiteInput.Neurons).Sum(site => site.WeightCount) : weights;
            Assert.Equal(weights - 0.25 * cuttable, cut.Graph.Sites.Sum(site => site.WeightCount), 0.01 * weights);
            using var run = new InferenceEngine(cut, new EngineOptions { Threads = 2 });
            return Math.Log(new PerplexityEvaluator(cut, run).Evaluate(CalibrationText.Read(Calibration, cut, 7)).Perplexity);
        }).ToArray();
        Assert.True(losses[0] < losses[1], $"{losses[0]} with biases, {losses[1]} without");
    }

    [Fact]
    public void The_choice_keeps_the_best_of_every_set()
    {
        var kept = FlapMath.Keep([[0.1, 0.2], [-1, -2, 3]], [10, 1], 100);
        Assert.Equal([1], kept[0]);
        Assert.Equal([2], kept[1]);
        kept = FlapMath.Keep([[0.1, 0.2], [-1, -2, 3]], [10, 1], 1);
        Assert.Equal([0, 1], kept[0]);
        Assert.Equal([0, 2], kept[1]);
    }

    [Fact]
    public void A_family_without_such_biases_is_told_how_to_do_without()
    {
        using var model = SmallModels.Create("qwen2");
        var exception = Assert.Throws<RecipeException>(() => new FlapPass(new FlapOptions { Sparsity = 0.3 }, model, "passes[0]"));
        Assert.Equal("passes[0].bias", exception.Path);
        _ = new FlapPass(new FlapOptions { Sparsity = 0.3, Bias = false }, model, "passes[0]");
        Assert.Equal("passes[0].sparsity", Assert.Throws<RecipeException>(() => new FlapPass(new FlapOptions { Sparsity = 1, Bias = false }, model, "passes[0]")).Path);
    }

    private static double[] Fluctuations(Model model, int layer, ParameterRole role, List<double[]> rows)
    {
        var weight = model.GetWeight(new ParameterId(role, layer));
        var values = weight.ToArray();
        return [.. Enumerable.Range(0, weight.Columns).Select(j =>
        {
            var mean = rows.Average(x => x[j]);
            return rows.Average(x => Math.Pow(x[j] - mean, 2)) * Enumerable.Range(0, weight.Rows).Sum(r => Math.Pow(values[r * weight.Columns + j], 2));
        })];
    }

    private static double[] Standardized(double[] values)
    {
        var mean = values.Average();
        var deviation = Math.Sqrt(values.Average(value => Math.Pow(value - mean, 2)));
        return [.. values.Select(value => deviation == 0 ? 0 : (value - mean) / deviation)];
    }

    private sealed class Recorder : IInputObserver
    {
        public Dictionary<SiteInput, List<double[]>> Rows { get; } = [];

        public void Observe(SiteInput input, float* values, int tokens, int columns)
        {
            if (!Rows.TryGetValue(input, out var rows)) Rows.Add(input, rows = []);
            for (var t = 0; t < tokens; t++) rows.Add([.. Enumerable.Range(0, columns).Select(c => (double)values[t * columns + c])]);
        }
    }
}
