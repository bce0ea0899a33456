using Pare.Models;
using Pare.Models.Writing;

namespace Pare.Training;

/// <summary>Rows and columns of every parameter that a sub-network has.</summary>
internal sealed class SubNetworkSelection
{
    private readonly ModelConfig _whole;
    private readonly SubNetwork _shape;
    private readonly ImportanceOrder _order;
    private readonly ModelGraph _graph;
    private readonly int[] _hidden;

    /// <summary>Selects.</summary>
    /// <exception cref="ArgumentException">The model does not contain such a sub-network, or the order is another model's.</exception>
    public SubNetworkSelection(ModelConfig whole, SubNetwork shape, ImportanceOrder order)
    {
        order.Check(whole);
        (_whole, _shape, _order) = (whole, shape, order);
        Config = shape.ToConfig(whole);
        _graph = new ModelGraph(Config);
        _hidden = [.. order.Hidden.Take(shape.HiddenSize)];
    }

    /// <summary>Configuration of the sub-network.</summary>
    public ModelConfig Config { get; }

    /// <summary>Values of a parameter of the sub-network.</summary>
    public WeightSource Source(ParameterId id, Func<ParameterId, WeightSource> whole)
    {
        var wanted = _graph.Get(id);
        var inner = whole(SourceOf(id));
        var (rows, columns) = Indices(id, inner.Parameter);
        return new SelectedWeight(wanted, inner, rows, IsAll(columns, inner.Parameter.Columns) ? null : columns);
    }

    /// <summary>The parameter of the whole model that one of the sub-network is part of.</summary>
    public ParameterId SourceOf(ParameterId id) => id.Layer < 0 ? id : id with { Layer = _shape.Layers[id.Layer].Source };

    /// <summary>Rows and columns of the whole parameter behind those of the sub-network's; a vector has one row.</summary>
    public (int[] Rows, int[] Columns) Indices(ParameterId id, Parameter whole)
    {
        // Where the residual stream runs along the other axis of a matrix, or along a vector.
        int[] hiddenRows = whole.Rows == _whole.HiddenSize ? _hidden : All(whole.Rows), hiddenColumns = whole.Columns == _whole.HiddenSize ? _hidden : All(whole.Columns);
        switch (id.Role)
        {
            case ParameterRole.Query:
                return id.IsBias ? ([0], Heads(id.Layer, queries: true)) : (Heads(id.Layer, queries: true), hiddenColumns);
            case ParameterRole.Key or ParameterRole.Value:
                return id.IsBias ? ([0], Heads(id.Layer, queries: false)) : (Heads(id.Layer, queries: false), hiddenColumns);
            case ParameterRole.QueryNorm or ParameterRole.KeyNorm:
                return ([0], _whole.QueryKeyNorm == QueryKeyNormKind.AllHeads ? Heads(id.Layer, id.Role == ParameterRole.QueryNorm) : All(whole.Columns));
            case ParameterRole.Output:
                return id.IsBias ? ([0], hiddenColumns) : (hiddenRows, Heads(id.Layer, queries: true));
            case ParameterRole.Gate or ParameterRole.Up:
                return id.IsBias ? ([0], Neurons(id.Layer)) : (Neurons(id.Layer), hiddenColumns);
            case ParameterRole.Down:
                return id.IsBias ? ([0], hiddenColumns) : (hiddenRows, Neurons(id.Layer));
            case ParameterRole.EmbeddingProjection or ParameterRole.HeadProjection:
                return (All(whole.Rows), All(whole.Columns));
            default:
                return (whole.IsVector ? [0] : All(whole.Rows), hiddenColumns);
        }
    }

    private int[] Neurons(int layer) => [.. _order.Neurons[_shape.Layers[layer].Source].Take(_shape.Layers[layer].FfnSize)];

    // Channels of the kept heads, group by group.
    private int[] Heads(int layer, bool queries)
    {
        var kept = _shape.Layers[layer];
        var whole = _whole.Layers[kept.Source];
        var perGroup = whole.Heads / whole.KeyValueHeads;
        var channels = Channels(kept, whole);
        var result = new List<int>();
        foreach (var group in _order.Groups[kept.Source].Take(kept.KeyValueHeads))
        {
            IEnumerable<int> heads = queries ? _order.HeadsOfGroup[kept.Source][group].Take(kept.HeadsPerGroup).Select(head => group * perGroup + head) : [group];
            foreach (var head in heads) result.AddRange(channels.Select(channel => head * whole.HeadSize + channel));
        }

        return [.. result];
    }

    // Whole rotary pairs (i, i + D/2), the fastest ones first, and a like share of the channels that are not rotated.
    private static int[] Channels(SubNetworkLayer kept, LayerConfig whole)
    {
        if (whole.Rope is not { } rope) return All(kept.HeadSize);
        var rotated = (int)((long)rope.Dimensions * kept.HeadSize / whole.HeadSize);
        return [.. Enumerable.Range(0, rotated / 2), .. Enumerable.Range(rope.Dimensions / 2, rotated / 2), .. Enumerable.Range(rope.Dimensions, kept.HeadSize - rotated)];
    }

    private static bool IsAll(int[] indices, int count) => indices.Length == count && indices.Index().All(pair => pair.Index == pair.Item);

    private static int[] All(int count) => [.. Enumerable.Range(0, count)];
}
