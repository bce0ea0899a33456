using Pare.Models;

namespace Pare.Training;

/// <summary>A sub-network whose parameters are slices of a trainable model's memory: nothing is copied, and gradients are added up in place.</summary>
/// <remarks>The model is sorted by importance beforehand (<see cref="SubNetworkModel"/>), so that what is kept are its first layers by rank, heads, neurons and channels.</remarks>
internal sealed unsafe class SlicedModel : IParameterView
{
    private readonly TrainableModel _whole;
    private readonly SubNetwork _shape;
    private readonly SubNetworkSelection _selection;
    private readonly BlockParameters[] _blocks;

    /// <summary>Slices a model.</summary>
    /// <exception cref="ArgumentException">The model does not contain such a sub-network, or a norm runs over what would be cut apart.</exception>
    public SlicedModel(TrainableModel whole, SubNetwork shape)
    {
        (_whole, _shape) = (whole, shape);
        _selection = new SubNetworkSelection(whole.Config, shape, ImportanceOrder.Unsorted(whole.Config));
        Config = _selection.Config;
        Graph = new ModelGraph(Config);
        _blocks = [.. Enumerable.Range(0, Config.Layers.Count).Select(Bind)];
    }

    public ModelConfig Config { get; }

    public ModelGraph Graph { get; }

    public BlockParameters Block(int layer)
    {
        _whole.Block(_shape.Layers[layer].Source);
        return _blocks[layer];
    }

    public LinearParameters? Map(ParameterRole role) => _whole.Map(role) is { } map ? Slice(map, new ParameterId(Tied(role))) : null;

    public NormParameters? Norm(ParameterRole role, int layer = -1) =>
        _whole.Norm(role, layer < 0 ? layer : _shape.Layers[layer].Source) is { } norm && Graph.Contains(new ParameterId(role, layer)) ? Slice(norm, new ParameterId(role, layer)) : null;

    private ParameterRole Tied(ParameterRole role) => role == ParameterRole.Head && Config.TieWordEmbeddings ? ParameterRole.TokenEmbedding : role;

    private BlockParameters Bind(int layer)
    {
        var whole = _whole.Bound(_shape.Layers[layer].Source);
        return new BlockParameters
        {
            Layer = layer,
            Config = Config.Layers[layer],
            AttentionInputNorm = Norm(ParameterRole.AttentionInputNorm, layer),
            Query = Linear(whole.Query, ParameterRole.Query),
            Key = Linear(whole.Key, ParameterRole.Key),
            Value = Linear(whole.Value, ParameterRole.Value),
            QueryNorm = Norm(ParameterRole.QueryNorm, layer),
            KeyNorm = Norm(ParameterRole.KeyNorm, layer),
            Output = Linear(whole.Output, ParameterRole.Output),
            AttentionOutputNorm = Norm(ParameterRole.AttentionOutputNorm, layer),
            AttentionResidualNorm = Norm(ParameterRole.AttentionResidualNorm, layer),
            FfnInputNorm = Norm(ParameterRole.FfnInputNorm, layer),
            Gate = Linear(whole.Gate, ParameterRole.Gate),
            Up = Linear(whole.Up, ParameterRole.Up),
            Down = Linear(whole.Down, ParameterRole.Down),
            FfnOutputNorm = Norm(ParameterRole.FfnOutputNorm, layer),
            FfnResidualNorm = Norm(ParameterRole.FfnResidualNorm, layer),
        };

        LinearParameters? Linear(LinearParameters? map, ParameterRole role)
        {
            var id = new ParameterId(role, layer);
            return map is not null && Graph.Contains(id) ? Slice(map, id) : null;
        }
    }

    private LinearParameters Slice(LinearParameters map, ParameterId id)
    {
        var (rows, columns) = _selection.Indices(id, _whole.Graph.Get(_selection.SourceOf(id)));
        return new LinearParameters
        {
            Site = null,
            Rows = rows.Length,
            Columns = columns.Length,
            Stride = map.Stride,
            RowSegments = Segments(rows),
            ColumnSegments = Segments(columns),
            Weight = map.Weight,
            WeightGradient = map.WeightGradient,
            Bias = map.Bias,
            BiasGradient = map.BiasGradient,
            Lora = map.Lora,
        };
    }

    private NormParameters Slice(NormParameters norm, ParameterId id)
    {
        var (_, columns) = _selection.Indices(id, _whole.Graph.Get(_selection.SourceOf(id)));
        if (Segments(columns) is not null)
            throw new ArgumentException($"{id}: this norm runs over all heads together, of which only whole groups can be sliced; keep the number of query heads of a group and their width");
        return new NormParameters
        {
            Kind = norm.Kind,
            Length = columns.Length,
            Epsilon = norm.Epsilon,
            Offset = norm.Offset,
            Weight = norm.Weight,
            WeightGradient = norm.WeightGradient,
            Bias = norm.Bias,
            BiasGradient = norm.BiasGradient,
        };
    }

    // Null for the first ones.
    private static Segment[]? Segments(int[] indices) => Segment.Of(indices) is var segments && segments is [{ Start: 0 }] ? null : segments;
}
