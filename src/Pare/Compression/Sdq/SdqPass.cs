using Pare.Formats;
using Pare.Formats.Sparse;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Has linear sites stored as inliers and outliers.</summary>
internal sealed class SdqPass : ICompressionPass
{
    private readonly SdqOptions _options;
    private readonly IReadOnlyList<LinearSite> _sites;
    private readonly Dictionary<ParameterId, ElementType?> _changes = [];

    /// <summary>Binds the pass to a model.</summary>
    /// <exception cref="RecipeException">A pattern matches nothing, or the blocks do not divide a site's rows.</exception>
    public SdqPass(SdqOptions options, ModelGraph graph, string path)
    {
        _options = options;
        _sites = SitePatterns.Find(graph, options.Sites, $"{path}.sites");
        var block = options.Format.Block;
        foreach (var site in _sites)
        {
            if (site.Columns % block != 0)
            {
                var fitting = Enumerable.Range(2, SparseFormat.LargestBlock - 1).Where(m => _sites.All(other => other.Columns % m == 0)).ToList();
                throw new RecipeException($"{path}.pattern", $"blocks of {block} do not divide the {site.Columns} input columns of {site.Name}; "
                    + (fitting.Count > 0 ? $"use {string.Join(", ", fitting)} for M" : "no M up to 16 divides all of them") + ", or leave it out with sites");
            }

            _changes.Add(site.Weight, options.Format.Type);
        }
    }

    public string Method => SdqOptions.MethodName;

    public IReadOnlyDictionary<ParameterId, ElementType?> Changes => _changes;

    public IReadOnlyList<string> InputFiles => [];

    public void Apply(BlockEdit block, ComputePool pool)
    {
        foreach (var site in _sites.Where(site => site.Layer == block.Block)) block.Store(site.Weight, _options.Format.Type);
    }
}
