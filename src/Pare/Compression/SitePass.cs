using System.Text.Json.Nodes;
using Pare.Calibration;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>A pass that changes linear sites one by one, given what was seen of their inputs.</summary>
internal abstract class SitePass : ICompressionPass
{
    private readonly Dictionary<ParameterId, ElementType?> _changes = [];
    private readonly IReadOnlyList<LinearSite> _sites;

    /// <summary>Binds the pass to the sites that the patterns name.</summary>
    /// <param name="graph">The model.</param>
    /// <param name="patterns">Patterns over the sites' names, or null for all of them.</param>
    /// <param name="format">Format that the sites are stored in, or null.</param>
    /// <param name="path">Place in the recipe, for messages.</param>
    /// <exception cref="RecipeException">A pattern matches nothing.</exception>
    protected SitePass(ModelGraph graph, IReadOnlyList<string>? patterns, ElementType? format, string path)
    {
        _sites = SitePatterns.Find(graph, patterns, $"{path}.sites");
        foreach (var site in _sites) _changes.Add(site.Weight, format);
    }

    public abstract string Method { get; }

    public IReadOnlyDictionary<ParameterId, ElementType?> Changes => _changes;

    public IReadOnlyList<string> InputFiles => [];

    public abstract StatisticsKinds Needs { get; }

    /// <summary>How the rates of single sites are found, or null where all have the same.</summary>
    protected SiteRates? Rates { get; init; }

    public StatisticsKinds SurveyNeeds => Rates?.Needs ?? StatisticsKinds.None;

    public void Survey(BlockEdit block, ComputePool pool)
    {
        foreach (var site in block.Graph.Sites.Where(site => site.Layer == block.Block && _changes.ContainsKey(site.Weight)))
            Rates!.Add(site, block.Values(site.Weight), block.Statistics(site.Input), pool);
    }

    public JsonNode? Found(int block) => block < 0 ? Rates?.ToJson() : null;

    public void Restore(int block, JsonNode found) => Rates?.Restore(found.AsObject());

    /// <summary>All sites, in the order of the model.</summary>
    protected IEnumerable<LinearSite> Sites => _sites;

    /// <summary>The values of a site as the pass has them stored.</summary>
    protected float[] Stored(ComputePool pool, LinearSite site, float[] values) => StoredRows.Of(pool, Changes[site.Weight] ?? ElementType.BF16, site, values);

    /// <summary>Share of zeros.</summary>
    protected static double Zeros(float[] values) => (double)values.AsSpan().Count(0f) / values.Length;

    public void Apply(BlockEdit block, ComputePool pool)
    {
        // As the block has them: a pass over the whole model may have made them narrower.
        var sites = block.Graph.Sites.Where(site => site.Layer == block.Block && _changes.ContainsKey(site.Weight)).ToList();
        if (sites.Count > 0) Apply(sites, block, pool);
    }

    /// <summary>Changes the sites of one block.</summary>
    protected abstract void Apply(IEnumerable<LinearSite> sites, BlockEdit block, ComputePool pool);
}
