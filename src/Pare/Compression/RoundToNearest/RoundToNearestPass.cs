using Pare.Formats;
using Pare.Models;

namespace Pare.Compression;

/// <summary>Has linear sites, and the embedding table and head, stored in a format; the runner's encoder rounds.</summary>
internal sealed class RoundToNearestPass : ICompressionPass
{
    private readonly Dictionary<ParameterId, ElementType?> _changes = [];

    /// <summary>Binds the pass to a model.</summary>
    /// <exception cref="RecipeException">A pattern matches nothing.</exception>
    public RoundToNearestPass(RoundToNearestOptions options, ModelGraph graph, string path)
    {
        foreach (var site in SitePatterns.Find(graph, options.Sites, $"{path}.sites")) _changes.Add(site.Weight, options.Format);
        if (options.EffectiveEmbeddingFormat is not { } embedding) return;
        foreach (var role in (ReadOnlySpan<ParameterRole>)[ParameterRole.TokenEmbedding, ParameterRole.Head])
        {
            if (graph.Contains(new ParameterId(role))) _changes.Add(new ParameterId(role), embedding);
        }
    }

    public string Method => RoundToNearestOptions.MethodName;

    public IReadOnlyDictionary<ParameterId, ElementType?> Changes => _changes;

    public IReadOnlyList<string> InputFiles => [];

    public void Apply(BlockEdit block)
    {
        foreach (var (id, format) in _changes)
        {
            if (id.Layer == block.Block) block.Store(id, format!.Value);
        }
    }
}
