using Pare.Formats;

namespace Pare.Models.Writing;

/// <summary>A model about to be written: its configuration, and for each parameter where the values come from and how they are to be stored.</summary>
internal sealed class OutgoingModel
{
    private readonly Func<ParameterId, WeightSource> _source;
    private readonly Func<WeightSource, ElementType> _type;
    private readonly Dictionary<ParameterId, (WeightSource Source, ElementType Type)> _chosen = [];

    /// <summary>Describes a model.</summary>
    /// <param name="config">Its configuration.</param>
    /// <param name="source">Gives the values of a parameter.</param>
    /// <param name="type">The type wanted for a parameter; where its blocks do not divide the rows, the fallback is taken.</param>
    public OutgoingModel(ModelConfig config, Func<ParameterId, WeightSource> source, Func<WeightSource, ElementType> type)
    {
        Config = config;
        Graph = new ModelGraph(config);
        _source = source;
        _type = type;
        foreach (var parameter in Graph.Parameters) Choose(parameter);
    }

    /// <summary>The configuration.</summary>
    public ModelConfig Config { get; }

    /// <summary>Its graph.</summary>
    public ModelGraph Graph { get; }

    /// <summary>Parameters whose wanted type did not fit their rows.</summary>
    public List<FormatFallback> Fallbacks { get; } = [];

    /// <summary>Values of a parameter.</summary>
    public WeightSource Source(ParameterId id) => _chosen[id].Source;

    /// <summary>How a parameter is stored.</summary>
    public ElementType Type(ParameterId id) => _chosen[id].Type;

    /// <summary>Bytes and elements by type, largest first.</summary>
    public IReadOnlyList<FormatShare> Shares() =>
        [.. Graph.Parameters.GroupBy(parameter => Type(parameter.Id))
            .Select(group => new FormatShare(group.Key, group.Count(), group.Sum(p => Source(p.Id).Stored.Count), group.Sum(p => group.Key.RowBytes(Source(p.Id).Stored.Columns) * Source(p.Id).Stored.Rows)))
            .OrderByDescending(share => share.Bytes).ThenBy(share => share.Format)];

    private void Choose(Parameter parameter)
    {
        var source = _source(parameter.Id);
        var wanted = _type(source);
        // A type that is only read can be passed on as it lies there; anything else is written in one that holds its values.
        if (!WeightCodec.CanWrite(wanted) && !(source.HasStoredRows && source.Type == wanted)) wanted = wanted == ElementType.F64 ? ElementType.F32 : ElementType.BF16;
        if (parameter.IsVector && wanted.IsBlockFormat()) wanted = ElementType.F32;
        var type = WeightCodec.Fallback(wanted, source.Stored.Columns);
        if (type != wanted) Fallbacks.Add(new FormatFallback(parameter.Name, wanted, type, source.Stored.Columns));
        _chosen.Add(parameter.Id, (source, type));
    }
}
