using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;
using Pare.Search;
using Pare.Tests.Evaluation;
using Pare.Tests.Training.Elastic;
using Pare.Training;

namespace Pare.Tests.Search.SuperNetwork;

public sealed class CandidateTreatmentTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_pattern_keeps_the_largest_products_of_weight_and_norm_among_neighbours_in_the_sub_network(bool byMagnitude)
    {
        using var small = new SmallModel();
        var config = small.Model.Config;
        var order = SubNetworkTests.Shuffled(config, hidden: true);
        var space = new SubNetworkSpace(config, new SubNetworkSpaceOptions { Depths = [4], FfnSizes = [100, 172], HiddenSizes = [48], Patterns = ["dense", "2:4"], IsPerLayer = true }, order.Layers);
        var random = new SeededRandom(3);
        var norms = new ModelGraph(config).Sites.Select(site => (site.Layer, site.Input, site.Columns)).Distinct().ToDictionary(input => (input.Layer, input.Input), input => Enumerable.Range(0, input.Columns).Select(_ => (float)random.NextDouble() + 0.1f).ToArray());
        var treatments = new CandidateTreatments(space, config, order, byMagnitude ? null : InputNorms.FromText(new InputNorms(norms).ToText(), config), null);
        // The first layer has 100 neurons and the pattern, the second is dense.
        double[] genes = [.. space.Largest.Genes];
        Set("ffn.0", "100");
        foreach (var layer in order.Layers.Take(4)) Set($"pattern.{layer}", layer == 1 ? "dense" : "2:4");
        var candidate = space.Space.Create(genes);
        var shape = space.ToSubNetwork(candidate);
        Assert.Equal(100, shape.Layers[0].FfnSize);
        using var pool = new ComputePool(1);
        using var plain = SubNetworkModel.Create(small.Model, shape, order, pool);
        using var pruned = SubNetworkModel.Create(small.Model, shape, order, pool, treatments.Of(candidate));
        foreach (var site in plain.Graph.Sites)
        {
            var (values, found) = (plain.GetWeight(site.Weight).ToArray(), pruned.GetWeight(site.Weight).ToArray());
            var source = shape.Layers[site.Layer].Source;
            if (source == 1)
            {
                Assert.Equal(values, found);
                continue;
            }

            // Columns of the whole model behind those of the site: channels of the stream, of the heads (all of them), or neurons.
            int[] columns = site.Input switch
            {
                SiteInput.Attention or SiteInput.Ffn => [.. order.Hidden.Take(48)],
                SiteInput.Neurons => [.. order.Neurons[source].Take(site.Columns)],
                _ => [.. order.Groups[source].SelectMany(group => order.HeadsOfGroup[source][group].Select(head => group * 2 + head)).SelectMany(head => Enumerable.Range(head * 8, 8))],
            };
            var expected = (float[])values.Clone();
            for (var start = 0; start < values.Length; start += 4)
            {
                var scores = Enumerable.Range(start, 4).Select(i => (Index: i, Score: Math.Abs(values[i]) * (byMagnitude ? 1 : norms[(source, site.Input)][columns[i % site.Columns]])));
                foreach (var (index, _) in scores.OrderBy(pair => pair.Score).Take(2)) expected[index] = 0;
            }

            Assert.Equal(expected, found);
        }

        void Set(string dimension, string value)
        {
            var index = space.Space.Dimensions.Index().Single(pair => pair.Item.Name == dimension).Index;
            genes[index] = space.Space.Dimensions[index].Values.ToList().IndexOf(value);
        }
    }

    [Fact]
    public void Patterns_are_stored_sparse_where_the_format_has_a_sparse_kind()
    {
        using var small = new SmallModel();
        var order = ImportanceOrder.Unsorted(small.Model.Config);
        var space = new SubNetworkSpace(small.Model.Config, new SubNetworkSpaceOptions { FfnSizes = [128], Formats = [ElementType.Q8_0, ElementType.Q4_0, ElementType.F16], Patterns = ["dense", "2:4"], IsPerLayer = false }, order.Layers);
        var treatments = new CandidateTreatments(space, small.Model.Config, order, null, null);
        string Type(string format, string pattern)
        {
            var candidate = space.Space.Parse($$"""{"ffn":"128","format":"{{format}}","pattern":"{{pattern}}"}""");
            var layout = SubNetworkModel.Layout(small.Model, space.ToSubNetwork(candidate), treatments.Of(candidate));
            Assert.Equal(ElementType.F32, layout.TypeOf(new ParameterId(ParameterRole.TokenEmbedding)));
            return layout.TypeOf(new ParameterId(ParameterRole.Down, 1)).Name();
        }

        Assert.Equal(["q8_0", "2:4-int8", "q4_0", "2:4-int4", "f16", "f16"], [Type("q8_0", "dense"), Type("q8_0", "2:4"), Type("q4_0", "dense"), Type("q4_0", "2:4"), Type("f16", "dense"), Type("f16", "2:4")]);
    }

    [Fact]
    public void Norms_are_those_of_what_the_first_block_reads()
    {
        using var small = new SmallModel();
        var windows = small.Windows(16, 2);
        var (norms, _) = PassCalibration.Run(small.Model, ImportanceOrder.Unsorted(small.Model.Config), windows, withNorms: true, null, [], [], threads: 1);
        var (table, weight) = (small.Model.GetWeight(new ParameterId(ParameterRole.TokenEmbedding)).ToArray(), small.Model.GetWeight(new ParameterId(ParameterRole.AttentionInputNorm, 0)).ToArray());
        var squares = new double[weight.Length];
        for (var window = 0; window < windows.Count; window++)
        {
            foreach (var token in windows[window])
            {
                var row = table.AsSpan(token * weight.Length, weight.Length).ToArray().Select(value => (double)value).ToArray();
                var root = Math.Sqrt(row.Sum(value => value * value) / row.Length + 1e-5);
                for (var i = 0; i < row.Length; i++) squares[i] += row[i] / root * weight[i] * (row[i] / root * weight[i]);
            }
        }

        var found = norms!.Of(0, SiteInput.Attention);
        for (var i = 0; i < squares.Length; i++) Assert.Equal(Math.Sqrt(squares[i]), found[i], 1e-4 * Math.Sqrt(squares[i]));
        Assert.Throws<ArgumentException>(() => InputNorms.FromText(norms.ToText(), small.Model.Config with { Layers = [.. small.Model.Config.Layers, small.Model.Config.Layers[0]] }));
    }

    [Theory]
    [InlineData(ThresholdRule.Cats, 172)]
    [InlineData(ThresholdRule.Cats, 86)]
    [InlineData(ThresholdRule.Teal, 86)]
    public void Thresholds_make_their_share_of_zeros(ThresholdRule rule, int width)
    {
        using var small = new SmallModel();
        var config = small.Model.Config;
        var windows = small.Windows(64, 4);
        var order = SubNetworkTests.Shuffled(config, hidden: false);
        var (_, made) = PassCalibration.Run(small.Model, order, windows, false, rule, ["0", "0.5", "0.25"], [86], threads: 1);
        var table = ThresholdTable.FromJson(System.Text.Json.Nodes.JsonNode.Parse(made!.ToJson().ToJsonString())!);
        var whole = SubNetwork.Whole(config);
        // Only the first block is narrower and only it has thresholds, so what its sites see is what they saw in the whole model (behind the first site of a rule: nearly).
        var shape = whole with { Layers = [whole.Layers[0] with { FfnSize = width }, .. whole.Layers.Skip(1)] };
        var thresholds = table.Of(shape.ToConfig(config), shape, layer => layer == 0 ? "0.5" : "0")!;
        Assert.Null(table.Of(shape.ToConfig(config), shape, _ => "0"));
        Assert.NotEqual(table.Of(shape.ToConfig(config), shape, _ => "0.25")!.Sites, []);
        using var pool = new ComputePool(1);
        using var model = SubNetworkModel.Create(small.Model, shape, order, pool);
        using var engine = new InferenceEngine(model, new EngineOptions { Threads = 1, Thresholds = thresholds });
        using var cache = engine.CreateCache(64);
        var hidden = new float[64 * config.HiddenSize];
        for (var i = 0; i < windows.Count; i++)
        {
            cache.Truncate(0);
            engine.Forward(windows[i], cache, hidden);
        }

        var first = rule == ThresholdRule.Cats ? ActivationSite.Activation : ActivationSite.AttentionInput;
        var counted = engine.CountedSparsity().ToDictionary(site => site.Site);
        Assert.Equal(0.5, counted[first.Name()].Blocks[0]!.Value, 0.01);
        if (rule == ThresholdRule.Teal) Assert.All(ThresholdTable.Sites(rule, config, 0), site => Assert.Equal(0.5, counted[site.Name()].Blocks[0]!.Value, 0.1));
        Assert.All(counted[first.Name()].Blocks.Skip(1), zeros => Assert.True(zeros is null or < 0.1));
    }

    [Fact]
    public void Values_that_make_no_sense_are_refused()
    {
        using var small = new SmallModel();
        var order = ImportanceOrder.Unsorted(small.Model.Config);
        string Refused(SubNetworkSpaceOptions options) => Assert.Throws<ArgumentException>(() => new SubNetworkSpace(small.Model.Config, options, order.Layers)).Message;
        Assert.Contains("4:2", Refused(new SubNetworkSpaceOptions { Patterns = ["4:2"] }), StringComparison.Ordinal);
        Assert.Contains("half", Refused(new SubNetworkSpaceOptions { Patterns = ["half"] }), StringComparison.Ordinal);
        Assert.Contains("do not divide the 172 columns", Refused(new SubNetworkSpaceOptions { Patterns = ["dense", "4:8"] }), StringComparison.Ordinal);
        Assert.Contains("do not divide the 86 columns", Refused(new SubNetworkSpaceOptions { Patterns = ["2:4"], FfnSizes = [86, 172] }), StringComparison.Ordinal);
        Assert.Contains("threshold level of 1", Refused(new SubNetworkSpaceOptions { Thresholds = [0, 1] }), StringComparison.Ordinal);
    }
}
