using Pare.Calibration;
using Pare.Compression;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;
using Pare.Tests.Formats;
using Pare.Tests.Runtime;
using Pare.TestSupport;

namespace Pare.Tests.Compression;

/// <summary>Neurons change places, and nothing else changes.</summary>
public sealed class NeuronOrderTests
{
    private static readonly CalibrationOptions Text = new() { Text = SharedFiles.InRepository("models", "wikipedia.txt"), Samples = 4, Window = 128 };

    [Theory]
    [InlineData("pare-llama-5m")]
    [InlineData("pare-opt-5m")]
    public void Neurons_move_as_a_whole_and_the_model_computes_the_same(string name)
    {
        using var temporary = new TemporaryFolder();
        using var source = Model.Open(SharedFiles.InRepository("models", name));
        var recipe = new Recipe { Passes = [new NeuronOrderOptions { Format = ElementType.F32 }], Calibration = Text };
        var report = new CompressionRunner(source, recipe).Run(temporary.File("out"));
        var shares = System.Text.RegularExpressions.Regex.Matches(Assert.Single(report.Notes), "([0-9.]+) % (had|in)").Select(match => double.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        // Of tokens that did not serve to find the order.
        Assert.True(shares[1] < shares[0] - 1, report.Notes[0]);

        using var ordered = Model.Open(temporary.File("out"));
        for (var layer = 0; layer < source.Config.Layers.Count; layer++)
        {
            var (before, after) = (Neurons(source, layer), Neurons(ordered, layer));
            Assert.NotEqual(before, after);
            Assert.Equal(before.Order(), after.Order());
        }

        using var one = new InferenceEngine(source);
        using var other = new InferenceEngine(ordered);
        var tokens = Enumerable.Range(0, 48).Select(i => (i * 131 + 7) % source.Config.VocabularySize).ToArray();
        var (expected, found) = (SkippingTests.Logits(one, tokens, tokens.Length), SkippingTests.Logits(other, tokens, tokens.Length));
        var largest = expected.Max(Math.Abs);
        for (var i = 0; i < expected.Length; i++) Assert.InRange(Math.Abs(expected[i] - found[i]), 0, 1e-5f * largest);
    }

    /// <summary>Clusters that fire together, shuffled: every group of the order is of one cluster, so that groups fire as often as clusters do.</summary>
    [Fact]
    public void Clusters_are_found()
    {
        const int Clusters = 12, Size = 8, Tokens = 400;
        var random = new SeededRandom(3);
        var shuffled = Enumerable.Range(0, Clusters * Size).OrderBy(_ => random.NextDouble()).ToArray();
        var patterns = new FiringPatterns(shuffled.Length, Tokens);
        var fired = 0;
        for (var cluster = 0; cluster < Clusters; cluster++)
        {
            for (var t = 0; t < Tokens; t++)
            {
                if (random.NextDouble() > 0.05 + 0.07 * cluster) continue;
                fired++;
                for (var i = 0; i < Size; i++) patterns.Set(shuffled[cluster * Size + i], t);
            }
        }

        Assert.Equal((double)fired / Clusters / Tokens, patterns.Share, 12);
        var order = patterns.Order(Size);
        Assert.Equal(Enumerable.Range(0, shuffled.Length), order.Order());
        Assert.Equal(patterns.Share, patterns.Grouped(order, Size).Share, 12);
        Assert.All(order.Chunk(Size), group => Assert.Single(group.Select(neuron => Array.IndexOf(shuffled, neuron) / Size).Distinct()));
        // As they lay, nearly every group had one that fired.
        Assert.True(patterns.Grouped([.. Enumerable.Range(0, shuffled.Length)], Size).Share > 0.9);
    }

    [Fact]
    public void Thresholds_that_name_places_are_not_carried_past_it()
    {
        using var temporary = new TemporaryFolder();
        using (var source = Model.Open(SharedFiles.InRepository("models", "pare-llama-5m")))
            new CompressionRunner(source, new Recipe { Passes = [new ActivationSparsityOptions { Rule = ActivationRule.SparsingLaw, Level = 0.5 }], Calibration = Text }).Run(temporary.File("first"));
        using var model = Model.Open(temporary.File("first"));
        var error = Assert.Throws<RecipeException>(() => new CompressionRunner(model, new Recipe { Passes = [new NeuronOrderOptions()], Calibration = Text }));
        Assert.Contains("activation-sparsity", error.Message);
        Assert.Throws<RecipeException>(() => Recipe.Parse("passes: [{ method: neuron-order, level: 1 }]"));
    }

    // Of each neuron what its rows and its column add up to, exactly: the same numbers, wherever it lies.
    private static List<string> Neurons(Model model, int layer)
    {
        var roles = new[] { ParameterRole.Gate, ParameterRole.Up }.Where(role => model.FindWeight(new ParameterId(role, layer)) is not null).ToList();
        var rows = roles.Select(role => model.GetWeight(new ParameterId(role, layer)).ToArray()).ToList();
        var biases = roles.Select(role => model.FindWeight(new ParameterId(role, layer, IsBias: true))?.ToArray()).ToList();
        var down = model.GetWeight(new ParameterId(ParameterRole.Down, layer)).ToArray();
        var count = model.Config.Layers[layer].FfnSize;
        return [.. Enumerable.Range(0, count).Select(i => string.Join(' ', rows.Select(row => Sum(row.Skip(i * (row.Length / count)).Take(row.Length / count)))
            .Concat(biases.Select(bias => (double)(bias?[i] ?? 0))).Append(Sum(Enumerable.Range(0, down.Length / count).Select(r => down[r * count + i])))))];

        static double Sum(IEnumerable<float> values) => values.Select((value, k) => (double)value * (k + 1)).Sum();
    }
}
