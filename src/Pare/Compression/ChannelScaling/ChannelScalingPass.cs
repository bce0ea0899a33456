using Pare.Formats;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Moves factors from norms into the linears that they feed, from up into down, and from value into output projections.</summary>
internal sealed class ChannelScalingPass : ICompressionPass
{
    private readonly Dictionary<ParameterId, ElementType?> _changes = [];
    private readonly SortedDictionary<int, List<(ScalingKind Kind, float[] Factors)>> _byBlock = [];
    private readonly string _file;
    private readonly ElementType? _format;

    /// <summary>Reads the factors and checks that the model's structure lets them cancel.</summary>
    /// <exception cref="RecipeException">The file is missing, or its factors do not fit the model.</exception>
    /// <exception cref="ModelFormatException">The file is no safetensors file.</exception>
    public ChannelScalingPass(ChannelScalingOptions options, ModelGraph graph, string path, string baseFolder)
    {
        _format = options.Format;
        _file = Path.Combine(baseFolder, options.Factors);
        if (!File.Exists(_file)) throw new RecipeException($"{path}.factors", $"there is no file {_file}");
        foreach (var (layer, kind, factors) in ScalingFactors.Read(_file, graph, $"{path}.factors"))
        {
            if (!_byBlock.TryGetValue(layer, out var list)) _byBlock.Add(layer, list = []);
            list.Add((kind, factors));
            foreach (var id in Touched(graph, layer, kind)) _changes[id] = graph.Get(id).IsVector ? null : _format;
        }

        if (_changes.Count == 0) throw new RecipeException($"{path}.factors", $"{_file} holds no factors");
    }

    public string Method => ChannelScalingOptions.MethodName;

    public IReadOnlyDictionary<ParameterId, ElementType?> Changes => _changes;

    public IReadOnlyList<string> InputFiles => [_file];

    public void Apply(BlockEdit block, ComputePool pool)
    {
        if (!_byBlock.TryGetValue(block.Block, out var list)) return;
        foreach (var (kind, factors) in list) Apply(block, kind, factors);
        if (_format is not { } format) return;
        foreach (var id in list.SelectMany(entry => Touched(block.Graph, block.Block, entry.Kind)).Distinct())
        {
            if (!block.Graph.Get(id).IsVector) block.Store(id, format);
        }
    }

    private static void Apply(BlockEdit block, ScalingKind kind, float[] factors)
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
                var layer = config.Layers[block.Block];
                DivideRows(block, ParameterRole.Value, factors);
                var repeated = ChannelScalingMath.RepeatHeads(factors, layer.HeadSize, layer.Heads / layer.KeyValueHeads);
                ChannelScalingMath.MultiplyColumns(block.Values(new ParameterId(ParameterRole.Output, block.Block)), repeated);
                break;
        }
    }

    private static void DivideRows(BlockEdit block, ParameterRole role, float[] factors)
    {
        ChannelScalingMath.DivideRows(block.Values(new ParameterId(role, block.Block)), factors);
        var bias = new ParameterId(role, block.Block, IsBias: true);
        if (block.Graph.Contains(bias)) ChannelScalingMath.DivideNorm(block.Values(bias), factors, 0);
    }

    private static IEnumerable<ParameterId> Touched(ModelGraph graph, int layer, ScalingKind kind)
    {
        ParameterId[] all = kind switch
        {
            ScalingKind.Neuron => [new(ParameterRole.Up, layer), new(ParameterRole.Up, layer, IsBias: true), new(ParameterRole.Down, layer)],
            ScalingKind.Value => [new(ParameterRole.Value, layer), new(ParameterRole.Value, layer, IsBias: true), new(ParameterRole.Output, layer)],
            _ => [.. Readers(graph, layer, kind).Select(site => site.Weight), Norm(layer, kind), Norm(layer, kind) with { IsBias = true }],
        };
        return all.Where(graph.Contains);
    }

    private static IEnumerable<LinearSite> Readers(ModelGraph graph, int layer, ScalingKind kind) =>
        graph.SitesOf(layer).Where(site => site.Input == (kind == ScalingKind.AttentionInput ? SiteInput.Attention : SiteInput.Ffn));

    private static ParameterId Norm(int layer, ScalingKind kind) =>
        new(kind == ScalingKind.AttentionInput ? ParameterRole.AttentionInputNorm : ParameterRole.FfnInputNorm, layer);
}
