using Pare.Calibration;
using Pare.Compression;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;
using Pare.Tests.Evaluation;
using Pare.Tests.Formats;
using Pare.TestSupport;

namespace Pare.Tests.Compression;

/// <summary>How far thresholds go: Sparsing Law's error, TEAL's allocation, the search by perplexity.</summary>
public sealed unsafe class ActivationSearchTests
{
    private static string Sample => SharedFiles.InRepository("models", "pare-llama-5m");

    [Fact]
    public void The_share_of_neurons_for_an_error_is_the_one_that_makes_it()
    {
        const int Rows = 24, Neurons = 80, Tokens = 50;
        var random = new SeededRandom(8);
        using var memory = new NativeBuffer<float>(Rows * Neurons);
        foreach (ref var value in memory.Span) value = (float)random.NextGaussian();
        var parameter = new Parameter { Id = new ParameterId(ParameterRole.Down, 0), Rows = Rows, Columns = Neurons, IsVector = false, Name = "down" };
        var down = new Weight(parameter, new StoredTensor("down", ElementType.F32, [Rows, Neurons], (byte*)memory.Pointer, memory.Length * 4, memory), default, false, 0);
        var norms = new float[Neurons];
        for (var i = 0; i < Neurons; i++) norms[i] = (float)Math.Sqrt(Enumerable.Range(0, Rows).Sum(r => Math.Pow(memory.Span[r * Neurons + i], 2)));
        var x = new float[Tokens * Neurons];
        foreach (ref var value in x.AsSpan()) value = (float)random.NextGaussian();
        var sizes = x.Select((value, i) => Math.Abs(value) * norms[i % Neurons]).ToArray();
        using var pool = new ComputePool(1);
        foreach (var group in (int[])[1, 4])
        {
            var groups = sizes.Chunk(group).Select(part => part.Max()).Order().ToArray();
            var curve = new TruncationCurve(pool, down, [.. x], norms, group, SizeCurve.Of([.. groups]));
            foreach (var level in (double[])[0.2, 0.5, 0.75])
            {
                var threshold = OrderStatistics.QuantileOfSorted(groups, level);
                double error = 0;
                for (var t = 0; t < Tokens; t++)
                {
                    double part = 0, whole = 0;
                    for (var r = 0; r < Rows; r++)
                    {
                        double some = 0, all = 0;
                        for (var i = 0; i < Neurons; i++)
                        {
                            var first = t * Neurons + i / group * group;
                            var product = (double)memory.Span[r * Neurons + i] * x[t * Neurons + i];
                            all += product;
                            if (sizes.AsSpan(first, group).ToArray().Max() < threshold) some += product;
                        }

                        (part, whole) = (part + some * some, whole + all * all);
                    }

                    error += Math.Sqrt(part / whole) / Tokens;
                }

                Assert.Equal(level, curve.LevelOf(error), 1e-3);
            }
        }
    }

    [Fact]
    public void The_site_that_costs_least_is_raised_and_the_target_is_met()
    {
        // Errors: 1 for the first site's level, 3 for the second's, 100 for the third's.
        double[] costs = [1, 3, 100];
        var levels = new GreedyLevels([(ActivationSite.AttentionInput, 10), (ActivationSite.FfnInput, 30), (ActivationSite.Neurons, 60)], 0.31, at => [.. at.Select((level, i) => (float)(level * costs[i]))]);
        // The error of all levels together decides: the first rises to 0.95 before anything else would be cheaper than 3 · 0.05 more; by then the mean is 0.095.
        var found = levels.At(0.31);
        Assert.Equal(0.31, (10 * found[0] + 30 * found[1] + 60 * found[2]) / 100, 1e-9);
        Assert.True(found[0] > 0.9 && found[1] is > 0.6 and < 0.75 && found[2] < 1e-9, string.Join(' ', found));
        Assert.Equal([0, 0, 0], levels.At(0));
    }

    /// <summary>What a stopped run keeps of a block.</summary>
    [Fact]
    public void Curves_come_back_as_they_were_written()
    {
        var curves = new BlockCurves { Norms = [1, 0.25f], Truncation = new TruncationCurve([.. Enumerable.Range(0, 21).Select(i => i / 20.0)]) };
        curves.Sizes[ActivationSite.Neurons] = SizeCurve.Of([0.1f, 3, 2, 1e-7f]);
        curves.Greedy = new GreedyLevels([new GreedyStep(0, [0, 0]), new GreedyStep(0.3, [0.2, 0.4])]);
        var back = BlockCurves.FromJson(System.Text.Json.Nodes.JsonNode.Parse(curves.ToJson().ToJsonString())!);
        Assert.Equal(curves.Sizes[ActivationSite.Neurons].Points, back.Sizes[ActivationSite.Neurons].Points);
        Assert.Equal(curves.Norms, back.Norms);
        Assert.Equal(0.35, back.Truncation!.LevelOf(0.35), 1e-12);
        Assert.Equal([0.1, 0.2], back.Greedy!.At(0.15));
        Assert.Throws<ArgumentException>(() => BlockCurves.FromJson(System.Text.Json.Nodes.JsonNode.Parse("{ \"sizes\": { \"act\": [" + string.Join(",", Enumerable.Range(0, 1002)) + "] } }")!));
    }

    [Theory]
    [InlineData(ActivationRule.Cats, 0.05)]
    [InlineData(ActivationRule.TopK, 0.02)]
    [InlineData(ActivationRule.SparsingLaw, 0.05)]
    public void The_search_ends_at_the_last_level_within_the_share(ActivationRule rule, double increase)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var calibration = new CalibrationOptions { Text = SharedFiles.InRepository("models", "wikipedia.txt"), Samples = 4, Window = 96 };
        var found = new CompressionRunner(model, Recipe(rule, null, increase, calibration)).Run(temporary.File("found")).ActivationSparsity!;
        var windows = CalibrationText.Read(calibration, model, 0);
        var most = Perplexity(model, null, windows) * (1 + increase);
        Assert.InRange(Perplexity(model, found, windows), 1, most);
        if (found.Level is not { } level) return;
        Assert.InRange(level, 0.1, 0.9);
        var further = new CompressionRunner(model, Recipe(rule, level + 0.01, null, calibration)).Run(temporary.File("further")).ActivationSparsity!;
        Assert.True(Perplexity(model, further, windows) > most);
    }

    /// <summary>Sparsing Law's search has one level and one error to choose from; what it gives spares as many neurons as the better of them, both found here step by step.</summary>
    [Theory]
    [InlineData(0.01)]
    [InlineData(0.3)]
    public void Of_a_level_and_an_error_the_one_that_spares_more_is_kept(double increase)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var calibration = new CalibrationOptions { Text = SharedFiles.InRepository("models", "wikipedia.txt"), Samples = 4, Window = 96 };
        var windows = CalibrationText.Read(calibration, model, 0);
        var most = Perplexity(model, null, windows) * (1 + increase);
        var found = Zeros(new CompressionRunner(model, Recipe(ActivationRule.SparsingLaw, null, increase, calibration)).Run(temporary.File("found")).ActivationSparsity!);
        var best = 0.0;
        foreach (var byError in (bool[])[false, true])
        {
            for (var strength = 10; strength <= 90; strength += 10)
            {
                var options = new ActivationSparsityOptions { Rule = ActivationRule.SparsingLaw, Level = byError ? null : strength / 100.0, Cett = byError ? strength / 100.0 : null };
                var tried = new CompressionRunner(model, new Recipe { Passes = [options], Calibration = calibration }).Run(temporary.File($"{byError}{strength}")).ActivationSparsity!;
                if (Perplexity(model, tried, windows) > most) break;
                best = Math.Max(best, Zeros(tried));
            }
        }

        // Steps of a tenth miss the best by less than they are apart.
        Assert.InRange(found, best - 0.002, best + 0.11);

        double Zeros(ActivationSparsity sparsity)
        {
            using var engine = new InferenceEngine(model, new EngineOptions { Threads = 2, Thresholds = sparsity });
            new PerplexityEvaluator(model, engine).Evaluate(windows);
            return engine.CountedSparsity().Where(site => site.Site == ActivationSite.Neurons.Name()).Average(site => site.Zeros);
        }
    }

    [Fact]
    public void Teal_with_levels_of_its_own_meets_the_level_and_loses_less_than_uniform_levels()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var calibration = new CalibrationOptions { Text = SharedFiles.InRepository("models", "wikipedia.txt"), Samples = 4, Window = 128 };
        var windows = CalibrationText.Read(calibration, model, 0);
        var greedy = new CompressionRunner(model, Recipe(ActivationRule.TealGreedy, 0.5, null, calibration)).Run(temporary.File("greedy")).ActivationSparsity!;
        var uniform = new CompressionRunner(model, Recipe(ActivationRule.Teal, 0.5, null, calibration)).Run(temporary.File("uniform")).ActivationSparsity!;
        Assert.Equal(uniform.Sites, greedy.Sites);
        using var engine = new InferenceEngine(model, new EngineOptions { Thresholds = greedy });
        var zeros = new PerplexityEvaluator(model, engine).Evaluate(windows).ActivationSparsity!.ToDictionary(site => site.Site, site => site.Blocks[0]!.Value);
        double Weights(SiteInput input) => model.Graph.SitesOf(0).Where(site => site.Input == input).Sum(site => (double)site.WeightCount);
        var (attention, values, ffn, neurons) = (Weights(SiteInput.Attention), Weights(SiteInput.AttentionValues), Weights(SiteInput.Ffn), Weights(SiteInput.Neurons));
        var mean = (zeros["qkv-in"] * attention + zeros["o-in"] * values + zeros["mlp-in"] * ffn + zeros["down-in"] * neurons) / (attention + values + ffn + neurons);
        // Sites behind the first read what thresholds before them changed.
        Assert.Equal(0.5, mean, 0.03);
        Assert.True(Perplexity(model, greedy, windows) < Perplexity(model, uniform, windows));
    }

    [Fact]
    public void The_papers_mode_takes_the_first_windows_of_the_text_that_is_measured()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Sample);
        var text = SharedFiles.InRepository("models", "wikipedia.txt");
        var found = new CompressionRunner(model, Recipe(ActivationRule.PaperTestSplit, 0.4, null, new CalibrationOptions { Text = text, Window = 64 })).Run(temporary.File("found")).ActivationSparsity!;
        Assert.Equal("paper-test-split", found.Rule);
        var windows = TokenWindows.FromText(model.Tokenizer, text, TextProtocol.Wikitext2, 64, 4);
        SafetensorsWriter.Write(temporary.File("tokens.safetensors"), [OutgoingTensor.FromBytes("input_ids", ElementType.I32, [4, 64], System.Runtime.InteropServices.MemoryMarshal.AsBytes(windows.All).ToArray())]);
        var expected = new CompressionRunner(model, Recipe(ActivationRule.Paper, 0.4, null, new CalibrationOptions { Tokens = temporary.File("tokens.safetensors") })).Run(temporary.File("expected")).ActivationSparsity!;
        for (var layer = 0; layer < found.Layers; layer++)
            foreach (var site in found.Sites) Assert.Equal(expected[layer, site], found[layer, site]);
    }

    [Theory]
    [InlineData("rule: cats, cett: 0.2", "goes with the rule sparsing-law")]
    [InlineData("rule: cats, level: 0.5, perplexityIncrease: 0.1", "give one of level")]
    [InlineData("rule: cats, perplexityIncrease: 11", "from 0 to 10")]
    public void Measures_that_do_not_fit_are_refused(string step, string message) =>
        Assert.Contains(message, Assert.Throws<RecipeException>(() => Pare.Compression.Recipe.Parse($"passes: [{{ method: activation-sparsity, {step} }}]")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_search_stands_alone()
    {
        using var model = Model.Open(Sample);
        var recipe = Pare.Compression.Recipe.Parse("passes: [{ method: magnitude, sparsity: 0.1 }, { method: activation-sparsity, rule: cats, perplexityIncrease: 0.01 }]");
        Assert.Contains("run activation-sparsity on it by itself", Assert.Throws<RecipeException>(() => new CompressionRunner(model, recipe)).Message, StringComparison.Ordinal);
    }

    private static Recipe Recipe(ActivationRule rule, double? level, double? increase, CalibrationOptions calibration) =>
        new() { Passes = [new ActivationSparsityOptions { Rule = rule, Level = level, PerplexityIncrease = increase }], Calibration = calibration };

    private static double Perplexity(Model model, ActivationSparsity? thresholds, TokenWindows windows)
    {
        using var engine = new InferenceEngine(model, new EngineOptions { Thresholds = thresholds });
        return new PerplexityEvaluator(model, engine).Evaluate(windows).Perplexity;
    }
}
