using Pare.Formats;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Has linear sites, and the embedding table and head, stored in a format; the runner's encoder rounds.</summary>
internal sealed class RoundToNearestPass : ICompressionPass
{
    private readonly Dictionary<ParameterId, ElementType?> _changes = [];
    private readonly RoundToNearestOptions _options;
    private readonly GroupRounding _rounding;

    /// <summary>Binds the pass to a model.</summary>
    /// <exception cref="RecipeException">A pattern matches nothing.</exception>
    public RoundToNearestPass(RoundToNearestOptions options, ModelGraph graph, string path)
    {
        options.Check((key, text) => new RecipeException($"{path}.{key}", text));
        _options = options;
        _rounding = new GroupRounding(options.Format, options.Bits, options.Group);
        foreach (var site in SitePatterns.Find(graph, options.Sites, $"{path}.sites")) _changes.Add(site.Weight, options.Format ?? options.StoredAs);
        if (options.EffectiveEmbeddingFormat is not { } embedding) return;
        foreach (var role in (ReadOnlySpan<ParameterRole>)[ParameterRole.TokenEmbedding, ParameterRole.Head])
        {
            if (graph.Contains(new ParameterId(role))) _changes.Add(new ParameterId(role), embedding);
        }
    }

    /// <summary>Whether values are changed, not their format alone.</summary>
    public bool ChangesValues => _options.Bits is not null;

    public string Method => RoundToNearestOptions.MethodName;

    public IReadOnlyDictionary<ParameterId, ElementType?> Changes => _changes;

    public IReadOnlyList<string> InputFiles => [];

    public void Apply(BlockEdit block, ComputePool pool)
    {
        foreach (var (id, format) in _changes)
        {
            if (id.Layer != block.Block) continue;
            if (_options.Bits is not null && block.Graph.Sites.Any(site => site.Weight == id)) _rounding.Round(pool, block.Values(id), block.Graph.Get(id).Columns);
            block.Store(id, format!.Value);
        }
    }
}
