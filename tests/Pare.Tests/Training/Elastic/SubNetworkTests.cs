using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;
using Pare.Tests.Formats;
using Pare.Tests.Models.Support;
using Pare.TestSupport;
using Pare.Training;

namespace Pare.Tests.Training.Elastic;

public sealed class SubNetworkTests
{
    [SharedTheory]
    [MemberData(nameof(Families.All), MemberType = typeof(Families))]
    public void A_sorted_model_gives_the_same_logits(string family)
    {
        using var model = Model.Open(Families.PathOf(family));
        var order = Shuffled(model.Config, hidden: model.Config.EmbeddingSize == model.Config.HiddenSize);
        using var pool = new ComputePool(1);
        using var sorted = SubNetworkModel.Create(model, SubNetwork.Whole(model.Config), order, pool);
        Assert.NotEqual(model.GetWeight(new ParameterId(ParameterRole.Down, 0)).ToArray(), sorted.GetWeight(new ParameterId(ParameterRole.Down, 0)).ToArray());
        // Sums of the same terms in another order.
        Assert.InRange(Forward.Difference(Forward.Logits(model), Forward.Logits(sorted)), 0, 1e-4);
    }

    [SharedTheory]
    [MemberData(nameof(Families.All), MemberType = typeof(Families))]
    public void Neurons_that_are_left_out_count_as_zero(string family)
    {
        using var model = Model.Open(Families.PathOf(family));
        var config = model.Config;
        var order = Shuffled(config, hidden: false);
        var shape = SubNetwork.Whole(config);
        shape = shape with { Layers = [.. shape.Layers.Select((layer, i) => layer with { FfnSize = layer.FfnSize * (i + 2) / (i + 4) })] };
        using var pool = new ComputePool(1);
        using var small = SubNetworkModel.Create(model, shape, order, pool);
        Assert.True(small.Graph.ParameterCount < model.Graph.ParameterCount);
        // The definition: the whole model whose down projections have zeros where a neuron is left out.
        using var zeroed = Changed(model, (id, values, columns) =>
        {
            if (id.Role != ParameterRole.Down || id.IsBias) return;
            foreach (var neuron in order.Neurons[id.Layer].Skip(shape.Layers[id.Layer].FfnSize)) Clear(values, columns, neuron, 1);
        });
        Assert.InRange(Forward.Difference(Forward.Logits(zeroed), Forward.Logits(small)), 0, 1e-5);
    }

    [SharedTheory]
    [InlineData("llama")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    [InlineData("gemma2")]
    [InlineData("starcoder2")]
    [InlineData("granite")]
    [InlineData("mistral-sliding")]
    public void Heads_and_groups_that_are_left_out_count_as_zero(string family)
    {
        using var model = Model.Open(Families.PathOf(family));
        var config = model.Config;
        var order = Shuffled(config, hidden: false);
        var whole = SubNetwork.Whole(config);
        using var pool = new ComputePool(1);
        foreach (var fewerGroups in (bool[])[true, false])
        {
            // The first layer loses groups or heads of each group; it keeps the others.
            var first = whole.Layers[0];
            if (!fewerGroups && first.HeadsPerGroup == 1) continue;
            first = fewerGroups ? first with { KeyValueHeads = first.KeyValueHeads - 1 } : first with { HeadsPerGroup = first.HeadsPerGroup - 1 };
            var shape = whole with { Layers = [first, .. whole.Layers.Skip(1)] };
            using var small = SubNetworkModel.Create(model, shape, order, pool);
            var (size, group) = (config.Layers[0].HeadSize, config.Layers[0].Heads / config.Layers[0].KeyValueHeads);
            var kept = order.Groups[0].Take(first.KeyValueHeads).SelectMany(g => order.HeadsOfGroup[0][g].Take(first.HeadsPerGroup).Select(h => g * group + h)).ToHashSet();
            Assert.Equal(first.KeyValueHeads * first.HeadsPerGroup, kept.Count);
            using var zeroed = Changed(model, (id, values, columns) =>
            {
                if (id is not { Role: ParameterRole.Output, Layer: 0, IsBias: false }) return;
                for (var head = 0; head < config.Layers[0].Heads; head++)
                    if (!kept.Contains(head)) Clear(values, columns, head * size, size);
            });
            Assert.InRange(Forward.Difference(Forward.Logits(zeroed), Forward.Logits(small)), 0, 1e-5);
        }
    }

    [SharedTheory]
    [InlineData("llama")]
    [InlineData("gpt-neox")]
    [InlineData("gpt2")]
    [InlineData("opt")]
    [InlineData("olmo2")]
    public void A_layer_that_is_left_out_adds_nothing(string family)
    {
        using var model = Model.Open(Families.PathOf(family));
        var whole = SubNetwork.Whole(model.Config);
        using var pool = new ComputePool(1);
        using var small = SubNetworkModel.Create(model, whole with { Layers = [.. whole.Layers.Where(layer => layer.Source != 1)] }, ImportanceOrder.Unsorted(model.Config), pool);
        Assert.Equal(model.Config.Layers.Count - 1, small.Config.Layers.Count);
        // Output and down projections of zeros, biases too, add nothing; where a norm stands behind them, its weight is zero instead.
        using var zeroed = Changed(model, (id, values, _) =>
        {
            if (id.Layer == 1 && id.Role is ParameterRole.Output or ParameterRole.Down or ParameterRole.AttentionOutputNorm or ParameterRole.FfnOutputNorm && id.Layer == 1) Array.Clear(values);
        });
        Assert.InRange(Forward.Difference(Forward.Logits(zeroed), Forward.Logits(small)), 0, 1e-5);
    }

    [SharedTheory]
    [InlineData("llama")]
    [InlineData("llama-rope-llama3")]
    [InlineData("llama-rope-linear")]
    [InlineData("qwen2")]
    public void Narrower_heads_keep_the_fastest_rotary_pairs(string family)
    {
        using var model = Model.Open(Families.PathOf(family));
        var config = model.Config;
        var (size, layers) = (config.Layers[0].HeadSize, config.Layers.Count);
        var whole = SubNetwork.Whole(config);
        var shape = whole with { Layers = [.. whole.Layers.Select(layer => layer with { HeadSize = size / 2 })] };
        using var pool = new ComputePool(1);
        using var small = SubNetworkModel.Create(model, shape, ImportanceOrder.Unsorted(config), pool);
        Assert.All(small.Config.Layers, layer => Assert.Equal(size / 2, layer.HeadSize));
        // The definition: the whole model with the other channels of queries and values zero, and queries scaled by the ratio of 1/√size.
        var lost = Enumerable.Range(0, size).Where(channel => channel % (size / 2) >= size / 4).ToHashSet();
        using var zeroed = Changed(model, (id, values, columns) =>
        {
            if (id.Layer < 0 || id.Role is not (ParameterRole.Query or ParameterRole.Value)) return;
            var per = id.IsBias ? 1 : columns;
            for (var i = 0; i < values.Length; i++)
                values[i] = lost.Contains(i / per % size) ? 0 : id.Role == ParameterRole.Query ? values[i] * MathF.Sqrt(2) : values[i];
        });
        Assert.InRange(Forward.Difference(Forward.Logits(zeroed), Forward.Logits(small)), 0, 2e-5);
    }

    [SharedTheory]
    [InlineData("llama")]
    [InlineData("llama-tied-bias")]
    [InlineData("qwen3")]
    public void Fewer_residual_channels_are_the_submatrices(string family)
    {
        using var model = Model.Open(Families.PathOf(family));
        var order = Shuffled(model.Config, hidden: true);
        var width = model.Config.HiddenSize * 3 / 4;
        using var pool = new ComputePool(1);
        using var small = SubNetworkModel.Create(model, SubNetwork.Whole(model.Config) with { HiddenSize = width }, order, pool);
        var kept = order.Hidden.Take(width).ToArray();
        foreach (var parameter in small.Graph.Parameters)
        {
            var big = model.GetWeight(parameter.Id);
            var axis = model.Graph.TiedDimensions.Single(dimension => dimension.Kind == DimensionKind.Hidden).Axes.Where(axis => axis.Parameter == parameter.Id).ToList();
            if (parameter.Id.Role is ParameterRole.TokenEmbedding or ParameterRole.FinalNorm or ParameterRole.Head)
            {
                Assert.False(Assert.Single(axis).AlongRows);
                var (values, bigValues) = (small.GetWeight(parameter.Id).ToArray(), big.ToArray());
                for (var i = 0; i < values.Length; i++) Assert.Equal(bigValues[i / width * big.Columns + kept[i % width]], values[i]);
            }

            Assert.Equal(axis.Count == 0 ? big.Parameter.Count : big.Parameter.Count / model.Config.HiddenSize * width, parameter.Count);
        }

        Assert.All(Forward.Logits(small), logit => Assert.True(float.IsFinite(logit)));
    }

    [SharedTheory]
    [InlineData("llama")]
    [InlineData("gpt-neox")]
    [InlineData("gpt2")]
    [InlineData("opt")]
    [InlineData("phi3")]
    [InlineData("olmo2")]
    public void In_memory_and_written_and_read_again_it_is_the_same_model(string family)
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Families.PathOf(family));
        var whole = SubNetwork.Whole(model.Config);
        var shape = whole with { Layers = [.. whole.Layers.Where(layer => layer.Source != 1).Select((layer, i) => layer with { FfnSize = layer.FfnSize / (2 + i) })] };
        var order = Shuffled(model.Config, hidden: false);
        using var pool = new ComputePool(1);
        using var small = SubNetworkModel.Create(model, shape, order, pool);
        SubNetworkModel.Write(model, shape, order, temporary.File("out"), false, pool);
        using var read = Model.Open(temporary.File("out"));
        Assert.Equal(Families.Describe(small.Config), Families.Describe(read.Config));
        Families.AssertSameWeights(small, read);
        Assert.Equal(Forward.Logits(small), Forward.Logits(read));
        Assert.Equal(shape.Layers[1].FfnSize, (int)read.Provenance!["subNetwork"]!["layers"]![1]!["ffnSize"]!);
        Assert.Equal(read.WeightBytes, SubNetworkModel.Layout(model, shape).ByteLength);
    }

    [SharedFact]
    public void Formats_are_those_that_the_written_model_has()
    {
        using var temporary = new TemporaryFolder();
        using var model = Model.Open(Families.PathOf("llama"));
        var shape = SubNetwork.Whole(model.Config);
        shape = shape with { Layers = [.. shape.Layers.Select(layer => layer with { FfnSize = 96 })] };
        using var pool = new ComputePool(1);
        var treatment = new SubNetworkTreatment { Format = id => id.Layer >= 0 ? ElementType.Q8_0 : null };
        var order = ImportanceOrder.Unsorted(model.Config);
        using var small = SubNetworkModel.Create(model, shape, order, pool, treatment);
        SubNetworkModel.Write(model, shape, order, temporary.File("out"), false, pool, treatment);
        using var read = Model.Open(temporary.File("out"));
        Assert.Equal(ElementType.Q8_0, read.GetWeight(new ParameterId(ParameterRole.Down, 0)).Type);
        Families.AssertSameWeights(read, small);
        Assert.Equal(read.WeightBytes, SubNetworkModel.Layout(model, shape, treatment).ByteLength);
    }

    [SharedTheory]
    [InlineData("llama", long.MaxValue)]
    [InlineData("gpt2", long.MaxValue)]
    [InlineData("phi3", long.MaxValue)]
    [InlineData("qwen3", long.MaxValue)]
    [InlineData("qwen3", 30000)]
    [InlineData("olmo2", 0)]
    public void Tensors_that_sub_networks_have_in_common_are_made_once_and_are_the_same(string family, long mostBytes)
    {
        using var model = Model.Open(Families.PathOf(family));
        var whole = SubNetwork.Whole(model.Config);
        var order = Shuffled(model.Config, hidden: false);
        var q8 = new SubNetworkTreatment { Format = id => id.Layer == 0 && id.Role.IsSite() && !id.IsBias ? ElementType.Q8_0 : null, Name = layer => layer == 0 ? "q8_0" : "" };
        SubNetwork narrow = whole with { Layers = [whole.Layers[0] with { FfnSize = whole.Layers[0].FfnSize / 2 }, .. whole.Layers.Skip(1)] }, shallow = whole with { Layers = [.. whole.Layers.Skip(1)] };
        using var pool = new ComputePool(1);
        using var kept = new KeptTensors(mostBytes);
        foreach (var (shape, treatment) in new (SubNetwork, SubNetworkTreatment?)[] { (whole, null), (whole, q8), (narrow, q8), (shallow, null), (narrow, null), (whole, q8 with { Name = null }), (whole, null), (narrow, q8) })
        {
            using var expected = SubNetworkModel.Create(model, shape, order, pool, treatment);
            using var found = SubNetworkModel.Create(model, shape, order, pool, treatment, kept);
            Families.AssertSameWeights(expected, found);
            Assert.Equal(Forward.Logits(expected), Forward.Logits(found));
        }

        Assert.True(kept.Counts.Made > 0);
        if (mostBytes == long.MaxValue) Assert.True(kept.Counts.Found > 2 * kept.Counts.Made, $"{kept.Counts}");
    }

    [SharedFact]
    public void Shapes_that_the_model_does_not_admit_are_refused_by_name()
    {
        using var model = Model.Open(Families.PathOf("llama"));
        using var neox = Model.Open(Families.PathOf("gpt-neox"));
        var whole = SubNetwork.Whole(model.Config);
        SubNetwork With(Func<SubNetworkLayer, SubNetworkLayer> change) => whole with { Layers = [.. whole.Layers.Select(change)] };
        Assert.Contains("neurons", Refused(model, With(layer => layer with { FfnSize = 100000 })), StringComparison.Ordinal);
        Assert.Contains("key-value heads", Refused(model, With(layer => layer with { KeyValueHeads = 99 })), StringComparison.Ordinal);
        Assert.Contains("break rotary pairs", Refused(model, With(layer => layer with { HeadSize = layer.HeadSize - 1 })), StringComparison.Ordinal);
        Assert.Contains("rising index", Refused(model, whole with { Layers = [whole.Layers[1], whole.Layers[0]] }), StringComparison.Ordinal);
        Assert.Contains("residual width", Refused(model, whole with { HiddenSize = model.Config.HiddenSize + 1 }), StringComparison.Ordinal);
        // GPT-NeoX stores no head width.
        var all = SubNetwork.Whole(neox.Config);
        Assert.Contains("width of a head", Refused(neox, all with { HiddenSize = neox.Config.HiddenSize / 2 }), StringComparison.Ordinal);

        static string Refused(Model model, SubNetwork shape) => Assert.Throws<ArgumentException>(() => shape.ToConfig(model.Config)).Message;
    }

    [SharedFact]
    public void An_order_is_the_same_after_JSON_and_refused_for_another_model()
    {
        using var model = Model.Open(Families.PathOf("llama"));
        using var other = Model.Open(Families.PathOf("gpt2"));
        var order = Shuffled(model.Config, hidden: true);
        var read = ImportanceOrder.FromJson(System.Text.Json.Nodes.JsonNode.Parse(order.ToJson().ToJsonString())!, model.Config);
        Assert.Equal(order.ToJson().ToJsonString(), read.ToJson().ToJsonString());
        Assert.Throws<ArgumentException>(() => ImportanceOrder.FromJson(order.ToJson(), other.Config));
        Assert.Throws<ArgumentException>(() => (order with { Hidden = [.. order.Hidden.Skip(1), order.Hidden[1]] }).Check(model.Config));
    }

    internal static ImportanceOrder Shuffled(ModelConfig config, bool hidden)
    {
        var random = new SeededRandom(11);
        var order = ImportanceOrder.Unsorted(config);
        return order with
        {
            Hidden = hidden ? Mixed(order.Hidden) : order.Hidden,
            Groups = [.. order.Groups.Select(Mixed)],
            HeadsOfGroup = [.. order.HeadsOfGroup.Select(layer => (IReadOnlyList<IReadOnlyList<int>>)[.. layer.Select(Mixed)])],
            Neurons = [.. order.Neurons.Select(Mixed)],
        };

        IReadOnlyList<int> Mixed(IReadOnlyList<int> indices)
        {
            int[] result = [.. indices];
            random.Shuffle(result.AsSpan());
            return result;
        }
    }

    // A copy of a model in memory, some of whose values were changed.
    private static Model Changed(Model model, Action<ParameterId, float[], int> change)
    {
        var folder = Directory.CreateTempSubdirectory("pare-changed-");
        try
        {
            using var pool = new ComputePool(1);
            var values = model.Graph.Parameters.ToDictionary(parameter => parameter.Id, parameter => model.GetWeight(parameter.Id).ToArray());
            foreach (var (id, array) in values) change(id, array, model.Graph.Get(id).Columns);
            var outgoing = new Pare.Models.Writing.OutgoingModel(model.Config, id => new ArrayWeight(model.Graph.Get(id), values[id]), _ => ElementType.F32);
            Pare.Models.Writing.ModelFolderWriter.Write(folder.FullName, outgoing, model, null, pool, null, default);
            return Model.Open(folder.FullName);
        }
        finally
        {
            // The mapping outlives the name.
            folder.Delete(recursive: true);
        }
    }

    private static void Clear(float[] values, int columns, int first, int count)
    {
        for (var row = 0; row < values.Length / columns; row++) values.AsSpan(row * columns + first, count).Clear();
    }

    private sealed class ArrayWeight(Parameter parameter, float[] values) : Pare.Models.Writing.WeightSource(parameter)
    {
        public override ElementType Type => ElementType.F32;

        public override bool HasStoredRows => false;

        public override ReadOnlySpan<byte> StoredRow(int row) => throw new InvalidOperationException();

        public override void Read(int row, Span<float> destination) => values.AsSpan(row * Parameter.Columns, Parameter.Columns).CopyTo(destination);
    }
}
