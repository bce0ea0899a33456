using System.Text.Json.Nodes;
using Pare.Calibration;
using Pare.Compression;
using Pare.Formats;
using Pare.Models;
using Pare.Runtime;
using Pare.Tests.Evaluation;
using Pare.Tests.Formats;
using Pare.Tests.Models.Support;
using Pare.Tests.Training.Definition;
using Pare.TestSupport;

namespace Pare.Tests.Compression;

public sealed class ActivationSparsityTests
{
    private static readonly CalibrationOptions Text = new() { Text = SharedFiles.InRepository("models", "wikipedia.txt"), Samples = 4, Window = 64 };

    /// <summary>The quantile over all numbers, gathered by the definition in double precision.</summary>
    [Theory]
    [InlineData("pare-llama-5m", ActivationRule.Cats, ActivationSite.Activation)]
    [InlineData("pare-llama-5m", ActivationRule.Paper, ActivationSite.Gate, ActivationSite.Up, ActivationSite.Down)]
    [InlineData("pare-llama-5m", ActivationRule.Teal, ActivationSite.AttentionInput, ActivationSite.AttentionValues, ActivationSite.FfnInput, ActivationSite.Neurons)]
    [InlineData("pare-opt-5m", ActivationRule.Cats, ActivationSite.Neurons)]
    [InlineData("pare-opt-5m", ActivationRule.Paper, ActivationSite.Up, ActivationSite.Down)]
    public void Thresholds_are_quantiles_of_the_sizes(string name, ActivationRule rule, params ActivationSite[] sites)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", name));
        using var tokens = new SmallTokens(model.Config.VocabularySize, windows: 2, length: 24);
        var sparsity = Run(model, rule, 0.6, 1, temporary.File("out"), new CalibrationOptions { Tokens = tokens.Path });
        Assert.Equal(sites, sparsity.Sites);
        var windows = Pare.Evaluation.TokenWindows.FromFile(tokens.Path);
        var seen = new Dictionary<(int, ActivationSite), List<double>>();
        new DoubleModel(model.Config, DoubleGradients.ValuesOf(model), stage: (layer, site, x) => seen.Add((layer, site), [.. x.Select(Math.Abs)]))
            .Logits(new Tape(), [windows[0].ToArray(), windows[1].ToArray()]);
        for (var layer = 0; layer < model.Config.Layers.Count; layer++)
        {
            foreach (var site in sites)
            {
                var sizes = seen[(layer, site)].Order().ToArray();
                var rank = 0.6 * (sizes.Length - 1);
                var expected = sizes[(int)rank] + (rank - (int)rank) * (sizes[(int)rank + 1] - sizes[(int)rank]);
                Assert.Equal(expected, sparsity[layer, site]!.Value!.Value, 1e-4 * expected + 1e-9);
            }
        }
    }

    [Fact]
    public void Sparsing_law_weighs_a_neuron_by_its_column()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", "pare-llama-5m"));
        var sparsity = Run(model, ActivationRule.SparsingLaw, 0.5, 1, temporary.File("out"), Text);
        using var read = Model.Open(temporary.File("out"));
        for (var layer = 0; layer < model.Config.Layers.Count; layer++)
        {
            var down = model.GetWeight(new ParameterId(ParameterRole.Down, layer));
            var values = down.ToArray();
            var products = sparsity[layer, ActivationSite.Neurons]!.PerChannel!.Select((threshold, i) =>
                threshold * Math.Sqrt(Enumerable.Range(0, down.Rows).Sum(row => Math.Pow(values[row * down.Columns + i], 2)))).ToArray();
            Assert.All(products, product => Assert.Equal(products[0], product, 1e-5 * products[0]));
            Assert.Equal(sparsity[layer, ActivationSite.Neurons]!.PerChannel, read.ActivationSparsity![layer, ActivationSite.Neurons]!.PerChannel);
        }
    }

    /// <summary>Half of the activations of the text that the thresholds come from are zero, in every kind of rule.</summary>
    [Theory]
    [InlineData(ActivationRule.Cats, 1)]
    [InlineData(ActivationRule.Cats, 8)]
    [InlineData(ActivationRule.Paper, 1)]
    [InlineData(ActivationRule.Teal, 1)]
    [InlineData(ActivationRule.TopK, 1)]
    [InlineData(ActivationRule.TopK, 8)]
    [InlineData(ActivationRule.SparsingLaw, 1)]
    [InlineData(ActivationRule.SparsingLaw, 8)]
    public void The_level_is_reached_in_the_first_block_on_the_calibration_text(ActivationRule rule, int group)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", "pare-llama-5m"));
        using var tokens = new SmallTokens(model.Config.VocabularySize, windows: 2, length: 64);
        Run(model, rule, 0.5, group, temporary.File("out"), new CalibrationOptions { Tokens = tokens.Path });
        using var sparse = Model.Open(temporary.File("out"));
        Assert.Equal((rule, group), (Enum.Parse<ActivationRule>(sparse.ActivationSparsity!.Rule.Replace("-", "", StringComparison.Ordinal), ignoreCase: true), sparse.ActivationSparsity.Group));
        using var engine = new InferenceEngine(sparse);
        var windows = Pare.Evaluation.TokenWindows.FromFile(tokens.Path);
        var result = new Pare.Evaluation.PerplexityEvaluator(sparse, engine).Evaluate(windows);
        // Later blocks read what thresholds have changed; in the first, the sites before any other threshold have exactly these numbers.
        var first = result.ActivationSparsity!.First(site => site.Nominal is not null);
        Assert.Equal(0.5, first.Nominal);
        Assert.Equal(0.5, first.Blocks[0]!.Value, 0.02);
        Assert.Contains(result.ActivationSparsity!, site => site.Site == "down-in");
    }

    /// <summary>The weights stay bit for bit, and thresholds go on with the model through later passes.</summary>
    [Fact]
    public void Thresholds_work_with_pruning_quantization_and_sdq_and_survive_them()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(SharedFiles.InRepository("models", "pare-llama-5m"));
        var thresholds = Run(model, ActivationRule.Cats, 0.5, 1, temporary.File("a"), Text);
        using var first = Model.Open(temporary.File("a"));
        Families.AssertSameWeights(model, first);
        (string Name, PassOptions Pass)[] passes =
        [
            ("wanda", new WandaOptions { Target = SparsityTarget.Unstructured(0.3) }),
            ("q8", new RoundToNearestOptions { Format = ElementType.Q8_0 }),
            ("sdq", Recipe.Parse("passes: [{ method: sdq, pattern: '7:8', outliers: '1:8' }]").Passes[0]),
        ];
        foreach (var (name, pass) in passes)
        {
            // Behind the thresholds: they stay.
            new CompressionRunner(first, new Recipe { Passes = [pass], Calibration = Text }).Run(temporary.File(name));
            using var later = Model.Open(temporary.File(name));
            Assert.Equal(Values(thresholds), Values(later.ActivationSparsity!));
            Assert.NotEqual(Forward.Logits(first), Forward.Logits(later));
            // In one recipe: they are those of what the pass left.
            new CompressionRunner(model, new Recipe { Passes = [pass, new ActivationSparsityOptions { Rule = ActivationRule.Cats, Level = 0.5 }], Calibration = Text }).Run(temporary.File(name + "-both"));
            using var both = Model.Open(temporary.File(name + "-both"));
            Assert.NotEqual(Values(thresholds), Values(both.ActivationSparsity!));
            foreach (var (expected, found) in Values(thresholds).Zip(Values(both.ActivationSparsity!))) Assert.Equal(expected, found, 0.2 * expected);
        }
    }

    [Theory]
    [InlineData("""{ "method": "activation-sparsity", "level": 0.5 }""", "passes[0].rule")]
    [InlineData("""{ "method": "activation-sparsity", "rule": "cat", "level": 0.5 }""", "did you mean 'cats'")]
    [InlineData("""{ "method": "activation-sparsity", "rule": "cats" }""", "passes[0].level")]
    [InlineData("""{ "method": "activation-sparsity", "rule": "cats", "level": 1 }""", "below 1")]
    [InlineData("""{ "method": "activation-sparsity", "rule": "cats", "level": 0.5, "group": 100 }""", "1 to 64 neurons")]
    [InlineData("""{ "method": "activation-sparsity", "rule": "cats", "level": 0.5, "group": 24 }""", "do not divide the 512 neurons")]
    [InlineData("""{ "method": "activation-sparsity", "rule": "cats", "level": 0.5 }""", "needs a text")]
    public void Bad_recipes_are_refused_by_place(string pass, string message)
    {
        using var model = Model.Open(SharedFiles.InRepository("models", "pare-llama-5m"));
        var exception = Assert.Throws<RecipeException>(() => new CompressionRunner(model, Recipe.Parse($$"""{ "passes": [{{pass}}] }""")));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sites/act/thresholds", "[1, 2]", "holds 2 numbers, and the model has 6 blocks")]
    [InlineData("sites/act/thresholds", "[1, 2, 3, 4, 5, -6]", "expected a number of at least 0")]
    [InlineData("sites/act/thresholds", "\"x\"", "expected a list")]
    [InlineData("sites", """{ "gate_proj": { "thresholds": [1, 1, 1, 1, 1, 1] } }""", "there is no site 'gate_proj'")]
    [InlineData("sites", """{ "act": { "perChannel": true } }""", "activation-sparsity.safetensors: is missing")]
    [InlineData("rule", "7", "expected { \"rule\"")]
    [InlineData("group", "0", "expected a group")]
    [InlineData("group", "3", "groups of 3 do not divide")]
    [InlineData("level", "2", "expected a level")]
    public void Damaged_thresholds_are_one_clear_error(string place, string value, string message)
    {
        using var temporary = new TemporaryFolder();
        using (var model = Model.Open(SharedFiles.InRepository("models", "pare-llama-5m"))) Run(model, ActivationRule.Cats, 0.5, 1, temporary.File("out"), Text);
        var file = Path.Combine(temporary.File("out"), "pare.json");
        var json = JsonNode.Parse(File.ReadAllText(file))!;
        var keys = place.Split('/');
        var node = json["activationSparsity"]!;
        foreach (var key in keys[..^1]) node = node[key]!;
        node[keys[^1]] = JsonNode.Parse(value);
        File.WriteAllText(file, json.ToJsonString());
        Assert.Contains(message, Assert.Throws<ModelFormatException>(() => Model.Open(temporary.File("out"))).Message, StringComparison.Ordinal);
    }

    private static ActivationSparsity Run(Model model, ActivationRule rule, double level, int group, string output, CalibrationOptions calibration) =>
        new CompressionRunner(model, new Recipe { Passes = [new ActivationSparsityOptions { Rule = rule, Level = level, Group = group }], Calibration = calibration }).Run(output).ActivationSparsity!;

    private static float[] Values(ActivationSparsity sparsity) => [.. Enumerable.Range(0, sparsity.Layers).Select(layer => sparsity[layer, ActivationSite.Activation]!.Value!.Value)];
}
