namespace Pare.Models;

/// <summary>Which dimension of a model is meant.</summary>
public enum DimensionKind
{
    /// <summary>Channels of the residual stream.</summary>
    Hidden,
    /// <summary>A key-value head together with its query heads.</summary>
    KeyValueGroup,
    /// <summary>Neurons of a feed-forward network.</summary>
    Neuron,
}

/// <summary>An axis of a parameter that a tied dimension runs along.</summary>
/// <param name="Parameter">The parameter.</param>
/// <param name="AlongRows">Whether the axis counts the rows (outputs) rather than the columns (inputs); a vector has columns only.</param>
/// <param name="Width">Consecutive rows or columns that belong to one unit.</param>
public readonly record struct TiedAxis(ParameterId Parameter, bool AlongRows, int Width);

/// <summary>Axes that belong together: cutting or permuting units of the dimension means doing so along every one of them.</summary>
/// <param name="Kind">Which dimension.</param>
/// <param name="Layer">Its block, or −1 where it runs through the whole model.</param>
/// <param name="Units">How many units there are.</param>
/// <param name="Axes">The axes.</param>
public sealed record TiedDimension(DimensionKind Kind, int Layer, int Units, IReadOnlyList<TiedAxis> Axes)
{
    internal static IReadOnlyList<TiedDimension> Build(ModelGraph graph)
    {
        var config = graph.Config;
        var result = new List<TiedDimension>();
        // Where the stream changes its basis, its channels have no identity of their own.
        if (config.EmbeddingSize == config.HiddenSize && !config.HasShortcuts) result.Add(Hidden(graph));
        for (var i = 0; i < config.Layers.Count; i++)
        {
            var layer = config.Layers[i];
            if (layer.HasAttention) result.Add(Groups(graph, i, layer));
            if (layer.HasFfn) result.Add(Neurons(graph, i, layer));
        }

        return result;
    }

    private static TiedDimension Hidden(ModelGraph graph)
    {
        var axes = new List<TiedAxis>();
        foreach (var parameter in graph.Parameters)
        {
            var role = parameter.Id.Role;
            if (parameter.IsVector)
            {
                var inStream = role is ParameterRole.Output or ParameterRole.Down || (role.IsNorm() && role is not (ParameterRole.QueryNorm or ParameterRole.KeyNorm));
                if (inStream) axes.Add(new TiedAxis(parameter.Id, AlongRows: false, 1));
            }
            else
            {
                axes.Add(new TiedAxis(parameter.Id, AlongRows: role is ParameterRole.Output or ParameterRole.Down, 1));
            }
        }

        return new TiedDimension(DimensionKind.Hidden, -1, graph.Config.HiddenSize, axes);
    }

    private static TiedDimension Groups(ModelGraph graph, int index, LayerConfig layer)
    {
        var perGroup = layer.Heads / layer.KeyValueHeads * layer.HeadSize;
        var axes = new List<TiedAxis>();
        Add(ParameterRole.Query, perGroup);
        Add(ParameterRole.Key, layer.HeadSize);
        Add(ParameterRole.Value, layer.HeadSize);
        if (graph.Config.QueryKeyNorm == QueryKeyNormKind.AllHeads)
        {
            axes.Add(new TiedAxis(new ParameterId(ParameterRole.QueryNorm, index), AlongRows: false, perGroup));
            axes.Add(new TiedAxis(new ParameterId(ParameterRole.KeyNorm, index), AlongRows: false, layer.HeadSize));
        }

        axes.Add(new TiedAxis(new ParameterId(ParameterRole.Output, index), AlongRows: false, perGroup));
        return new TiedDimension(DimensionKind.KeyValueGroup, index, layer.KeyValueHeads, axes);

        void Add(ParameterRole role, int width) => AddRows(graph, axes, new ParameterId(role, index), width);
    }

    private static TiedDimension Neurons(ModelGraph graph, int index, LayerConfig layer)
    {
        var axes = new List<TiedAxis>();
        if (graph.Config.GatedFfn) AddRows(graph, axes, new ParameterId(ParameterRole.Gate, index), 1);
        AddRows(graph, axes, new ParameterId(ParameterRole.Up, index), 1);
        axes.Add(new TiedAxis(new ParameterId(ParameterRole.Down, index), AlongRows: false, 1));
        return new TiedDimension(DimensionKind.Neuron, index, layer.FfnSize, axes);
    }

    private static void AddRows(ModelGraph graph, List<TiedAxis> axes, ParameterId id, int width)
    {
        axes.Add(new TiedAxis(id, AlongRows: true, width));
        var bias = id with { IsBias = true };
        if (graph.Contains(bias)) axes.Add(new TiedAxis(bias, AlongRows: false, width));
    }
}
