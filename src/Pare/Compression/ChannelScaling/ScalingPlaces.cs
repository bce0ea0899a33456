using Pare.Models;

namespace Pare.Compression;

/// <summary>The places of a model where channel factors cancel, and how they move there.</summary>
internal static class ScalingPlaces
{
    /// <summary>Every kind.</summary>
    public static IReadOnlyList<ScalingKind> Kinds { get; } = Enum.GetValues<ScalingKind>();

    /// <summary>Why factors would not cancel at a place, or null where they do.</summary>
    public static string? Refusal(ModelGraph graph, int index, ScalingKind kind)
    {
        var config = graph.Config;
        var layer = config.Layers[index];
        return kind switch
        {
            ScalingKind.AttentionInput when !graph.Contains(new ParameterId(ParameterRole.AttentionInputNorm, index)) => "no norm stands directly before its attention",
            ScalingKind.FfnInput when !graph.Contains(new ParameterId(ParameterRole.FfnInputNorm, index)) => "no norm stands directly before its feed-forward network",
            ScalingKind.Neuron when !layer.HasFfn => "it has no feed-forward network",
            ScalingKind.Neuron when !config.GatedFfn && config.Activation != ActivationKind.Relu => $"a factor does not pass through {config.Activation}, which stands between up and down",
            ScalingKind.Value when !layer.HasAttention => "it has no attention",
            _ => null,
        };
    }

    /// <summary>Factors of a place.</summary>
    public static int Length(ModelGraph graph, int index, ScalingKind kind)
    {
        var layer = graph.Config.Layers[index];
        return kind switch { ScalingKind.Neuron => layer.FfnSize, ScalingKind.Value => layer.KeyValueSize, _ => graph.Config.HiddenSize };
    }

    /// <summary>The linear sites whose columns take the factors.</summary>
    public static IEnumerable<LinearSite> Readers(ModelGraph graph, int layer, ScalingKind kind) => graph.SitesOf(layer).Where(site => site.Input == InputOf(kind));

    /// <summary>What those sites read.</summary>
    public static SiteInput InputOf(ScalingKind kind) => kind switch
    {
        ScalingKind.AttentionInput => SiteInput.Attention,
        ScalingKind.FfnInput => SiteInput.Ffn,
        ScalingKind.Neuron => SiteInput.Neurons,
        _ => SiteInput.AttentionValues,
    };

    /// <summary>The parameters that change at a place.</summary>
    public static IEnumerable<ParameterId> Touched(ModelGraph graph, int layer, ScalingKind kind)
    {
        ParameterId[] all = kind switch
        {
            ScalingKind.Neuron => [new(ParameterRole.Up, layer), new(ParameterRole.Up, layer, IsBias: true), new(ParameterRole.Down, layer)],
            ScalingKind.Value => [new(ParameterRole.Value, layer), new(ParameterRole.Value, layer, IsBias: true), new(ParameterRole.Output, layer)],
            _ => [.. Readers(graph, layer, kind).Select(site => site.Weight), Norm(layer, kind), Norm(layer, kind) with { IsBias = true }],
        };
        return all.Where(graph.Contains);
    }

    /// <summary>Multiplies the columns that read the channels and divides what gives them.</summary>
    /// <param name="block">The block.</param>
    /// <param name="kind">The place.</param>
    /// <param name="factors">[<see cref="Length"/>] numbers that are not 0.</param>
    public static void Apply(BlockEdit block, ScalingKind kind, ReadOnlySpan<float> factors)
    {
        var config = block.Graph.Config;
        switch (kind)
        {
            case ScalingKind.AttentionInput or ScalingKind.FfnInput:
                foreach (var site in Readers(block.Graph, block.Block, kind)) ChannelScalingMath.MultiplyColumns(block.Values(site.Weight), factors);
                var norm = Norm(block.Block, kind);
                ChannelScalingMath.DivideNorm(block.Values(norm), factors, config.NormWeightOffset);
                if (block.Graph.Contains(norm with { IsBias = true })) ChannelScalingMath.DivideNorm(block.Values(norm with { IsBias = true }), factors, 0);
                break;
            case ScalingKind.Neuron:
                DivideRows(block, ParameterRole.Up, factors);
                ChannelScalingMath.MultiplyColumns(block.Values(new ParameterId(ParameterRole.Down, block.Block)), factors);
                break;
            default:
                DivideRows(block, ParameterRole.Value, factors);
                ChannelScalingMath.MultiplyColumns(block.Values(new ParameterId(ParameterRole.Output, block.Block)), AtReaders(block.Graph, block.Block, kind, factors));
                break;
        }
    }

    /// <summary>The factor of each column of the readers: those of values are shared by the query heads of a group.</summary>
    public static float[] AtReaders(ModelGraph graph, int index, ScalingKind kind, ReadOnlySpan<float> factors)
    {
        var layer = graph.Config.Layers[index];
        return kind == ScalingKind.Value ? ChannelScalingMath.RepeatHeads(factors, layer.HeadSize, layer.Heads / layer.KeyValueHeads) : factors.ToArray();
    }

    /// <summary>The channel that a column of the readers reads: those of values are shared by the query heads of a group.</summary>
    public static int ChannelOf(LayerConfig layer, ScalingKind kind, int column) =>
        kind == ScalingKind.Value ? column / layer.HeadSize / (layer.Heads / layer.KeyValueHeads) * layer.HeadSize + column % layer.HeadSize : column;

    private static void DivideRows(BlockEdit block, ParameterRole role, ReadOnlySpan<float> factors)
    {
        ChannelScalingMath.DivideRows(block.Values(new ParameterId(role, block.Block)), factors);
        var bias = new ParameterId(role, block.Block, IsBias: true);
        if (block.Graph.Contains(bias)) ChannelScalingMath.DivideNorm(block.Values(bias), factors, 0);
    }

    private static ParameterId Norm(int layer, ScalingKind kind) =>
        new(kind == ScalingKind.AttentionInput ? ParameterRole.AttentionInputNorm : ParameterRole.FfnInputNorm, layer);
}
