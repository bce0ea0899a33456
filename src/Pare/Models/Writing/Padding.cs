namespace Pare.Models.Writing;

/// <summary>Brings the layers of a model to one shape without changing its function: what is added contributes zero.</summary>
/// <remarks>
/// New neurons have zero rows in gate and up and a zero column in down. New query heads, and new groups of key-value heads, have zero rows in q, k and v
/// and zero columns in o: their attention is spread evenly, and nothing comes of it. A missing sub-layer becomes one of zeros behind a norm of ones.
/// </remarks>
internal sealed class Padding
{
    private readonly Model _model;
    private readonly ModelConfig _target;
    private readonly ModelGraph _graph;

    /// <summary>Finds the common shape.</summary>
    /// <exception cref="ExportException">The model cannot be brought to one shape in this way.</exception>
    public Padding(Model model)
    {
        _model = model;
        var config = model.Config;
        var attending = config.Layers.Where(layer => layer.HasAttention).ToList();
        if (attending.Count == 0) throw new ExportException("padding: no layer has attention, so there is no head width to pad to");
        if (attending.Select(layer => layer.HeadSize).Distinct().Count() > 1) throw new ExportException("padding: the layers' heads differ in width, and zeros would change their scores; only heads of one width can be padded");
        if (config.NormPlacement == NormPlacement.AfterResidual && config.Layers.Any(layer => !layer.HasAttention || !layer.HasFfn))
            throw new ExportException("padding: a missing sub-layer cannot be replaced by zeros where the norm stands behind the residual sum");
        var differ = attending.Select(layer => layer.Heads).Distinct().Count() > 1 || attending.Select(layer => layer.KeyValueHeads).Distinct().Count() > 1;
        if (differ && config.QueryKeyNorm == QueryKeyNormKind.AllHeads)
            throw new ExportException("padding: queries and keys are normed over all heads together, and added zeros would change their mean; give all layers as many heads");
        KeyValueHeads = attending.Max(layer => layer.KeyValueHeads);
        PerGroup = attending.Max(layer => layer.Heads / layer.KeyValueHeads);
        HeadSize = attending[0].HeadSize;
        FfnSize = Math.Max(1, config.Layers.Max(layer => layer.FfnSize));
        if (config.Architecture.Keys.KeyValueHeads is null && PerGroup != 1)
            throw new ExportException("padding: this family has as many key-value heads as query heads");
        _target = config with { Layers = [.. config.Layers.Select(layer => Full(layer, attending[0]))] };
        _graph = new ModelGraph(_target);
    }

    /// <summary>Configuration of the padded model.</summary>
    public ModelConfig Config => _target;

    private int KeyValueHeads { get; }

    private int PerGroup { get; }

    private int HeadSize { get; }

    private int FfnSize { get; }

    /// <summary>Values of a parameter of the padded model.</summary>
    public WeightSource Source(ParameterId id)
    {
        var wanted = _graph.Get(id);
        var weight = _model.FindWeight(id);
        var inner = weight is null ? null : new StoredWeight(weight);
        if (inner is not null && inner.Parameter.Rows == wanted.Rows && inner.Parameter.Columns == wanted.Columns && IsIdentity(id)) return inner;
        var along = Along(id);
        var everyRow = Count(wanted.Rows);
        var everyColumn = Count(wanted.Columns);
        var fill = id.Role.IsNorm() && !id.IsBias ? 1 - _target.NormWeightOffset : 0;
        return along switch
        {
            Axis.Rows when !wanted.IsVector => new PaddedWeight(wanted, inner, Map(id), everyColumn, fill),
            Axis.None => new PaddedWeight(wanted, inner, everyRow, everyColumn, fill),
            _ => new PaddedWeight(wanted, inner, everyRow, Map(id), fill),
        };
    }

    // A layer without attention turns and scales as the others do; its window is its own.
    private LayerConfig Full(LayerConfig layer, LayerConfig attending) => (layer.HasAttention ? layer : attending with { SlidingWindow = layer.SlidingWindow }) with
    {
        Heads = KeyValueHeads * PerGroup,
        KeyValueHeads = KeyValueHeads,
        FfnSize = FfnSize,
    };

    // The same counts can still mean another grouping of the query heads.
    private bool IsIdentity(ParameterId id)
    {
        if (id.Layer < 0 || id.Role is not (ParameterRole.Query or ParameterRole.Output)) return true;
        return _model.Config.Layers[id.Layer].KeyValueHeads == KeyValueHeads;
    }

    private static Axis Along(ParameterId id) => id.Role switch
    {
        ParameterRole.Query or ParameterRole.Key or ParameterRole.Value or ParameterRole.Gate or ParameterRole.Up => Axis.Rows,
        ParameterRole.Output or ParameterRole.Down when !id.IsBias => Axis.Columns,
        _ => Axis.None,
    };

    // Old index behind each index of the padded axis.
    private int[] Map(ParameterId id)
    {
        var layer = _model.Config.Layers[id.Layer];
        if (id.Role is ParameterRole.Gate or ParameterRole.Up or ParameterRole.Down)
            return [.. Enumerable.Range(0, FfnSize).Select(neuron => neuron < layer.FfnSize ? neuron : -1)];
        var old = layer.HasAttention ? layer.Heads / layer.KeyValueHeads : 0;
        if (id.Role is ParameterRole.Key or ParameterRole.Value) return Heads(1, Math.Min(old, 1));
        return Heads(PerGroup, old);

        int[] Heads(int perGroup, int oldPerGroup)
        {
            var map = new int[KeyValueHeads * perGroup * HeadSize];
            for (var i = 0; i < map.Length; i++)
            {
                var (head, channel) = (i / HeadSize, i % HeadSize);
                var (group, member) = (head / perGroup, head % perGroup);
                map[i] = group < layer.KeyValueHeads && member < oldPerGroup ? ((((group * oldPerGroup) + member) * HeadSize) + channel) : -1;
            }

            return map;
        }
    }

    private static int[] Count(int count) => [.. Enumerable.Range(0, count)];

    private enum Axis
    {
        None,
        Rows,
        Columns,
    }
}
