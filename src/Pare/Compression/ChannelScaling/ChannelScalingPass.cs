using Pare.Formats;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Moves factors from norms into the linears that they feed, from up into down, and from value into output projections.</summary>
internal sealed class ChannelScalingPass : ICompressionPass
{
    private readonly Dictionary<ParameterId, ElementType?> _changes = [];
    private readonly SortedDictionary<int, List<(ScalingKind Kind, float[]? Factors)>> _byBlock = [];
    private readonly string? _file;
    private readonly ElementType? _format;

    /// <summary>Reads the factors and checks that the model's structure lets them cancel.</summary>
    /// <exception cref="RecipeException">The file is missing, its factors do not fit the model, or the model has no place for factors.</exception>
    /// <exception cref="ModelFormatException">The file is no safetensors file.</exception>
    public ChannelScalingPass(ChannelScalingOptions options, ModelGraph graph, string path, string baseFolder)
    {
        options.Check((key, text) => new RecipeException($"{path}.{key}", text));
        _format = options.Format;
        if (options.Factors is { } name)
        {
            _file = Path.Combine(baseFolder, name);
            if (!File.Exists(_file)) throw new RecipeException($"{path}.factors", $"there is no file {_file}");
            foreach (var (layer, kind, factors) in ScalingFactors.Read(_file, graph, $"{path}.factors")) Add(graph, layer, kind, factors);
            if (_changes.Count == 0) throw new RecipeException($"{path}.factors", $"{_file} holds no factors");
            return;
        }

        for (var layer = 0; layer < graph.Config.Layers.Count; layer++)
        {
            foreach (var kind in ScalingPlaces.Kinds)
                if (Equalization.Has(kind) && ScalingPlaces.Refusal(graph, layer, kind) is null) Add(graph, layer, kind, null);
        }

        if (_changes.Count == 0) throw new RecipeException($"{path}.equalize", "the model has no two linear maps between which a factor cancels");
    }

    public string Method => ChannelScalingOptions.MethodName;

    public IReadOnlyDictionary<ParameterId, ElementType?> Changes => _changes;

    public IReadOnlyList<string> InputFiles => _file is null ? [] : [_file];

    public void Apply(BlockEdit block, ComputePool pool)
    {
        if (!_byBlock.TryGetValue(block.Block, out var list)) return;
        foreach (var (kind, factors) in list) ScalingPlaces.Apply(block, kind, factors ?? Equalization.Factors(block, kind));
        if (_format is not { } format) return;
        foreach (var id in list.SelectMany(entry => ScalingPlaces.Touched(block.Graph, block.Block, entry.Kind)).Distinct())
        {
            if (!block.Graph.Get(id).IsVector) block.Store(id, format);
        }
    }

    private void Add(ModelGraph graph, int layer, ScalingKind kind, float[]? factors)
    {
        if (!_byBlock.TryGetValue(layer, out var list)) _byBlock.Add(layer, list = []);
        list.Add((kind, factors));
        foreach (var id in ScalingPlaces.Touched(graph, layer, kind)) _changes[id] = graph.Get(id).IsVector ? null : _format;
    }
}
