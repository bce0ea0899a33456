using Pare.Calibration;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Scales channels, clips groups and rounds, block by block.</summary>
internal sealed class AwqPass : ICompressionPass
{
    private readonly AwqOptions _options;
    private readonly AwqSearch _search;
    private readonly ElementType _format;
    private readonly Dictionary<ParameterId, ElementType?> _changes = [];

    /// <summary>Binds the pass to a model.</summary>
    /// <exception cref="RecipeException">The options do not go together.</exception>
    public AwqPass(AwqOptions options, ModelGraph graph, string path)
    {
        options.Check((key, text) => new RecipeException($"{path}.{key}", text));
        _options = options;
        _search = new AwqSearch(new GroupRounding(options.Format, options.Bits, options.Group));
        _format = options.Round && options.Format is { } format ? format : options.StoredAs;
        foreach (var site in graph.Sites) _changes[site.Weight] = _format;
        for (var layer = 0; layer < graph.Config.Layers.Count; layer++)
        {
            foreach (var id in Places(graph, layer).SelectMany(kind => ScalingPlaces.Touched(graph, layer, kind)))
                if (graph.Get(id).IsVector) _changes[id] = null;
        }
    }

    public string Method => AwqOptions.MethodName;

    public IReadOnlyDictionary<ParameterId, ElementType?> Changes => _changes;

    public IReadOnlyList<string> InputFiles => [];

    public StatisticsKinds Needs => StatisticsKinds.SecondMoments;

    public void Apply(BlockEdit block, ComputePool pool)
    {
        var sites = block.Graph.Sites.Where(site => site.Layer == block.Block).ToList();
        if (sites.Count == 0) return;
        // Factors are found for all places first: each is judged with the inputs and weights as they were.
        var found = Places(block.Graph, block.Block).Select(kind => (kind, Factors: _search.Factors(block, kind, pool))).ToList();
        foreach (var (kind, factors) in found) ScalingPlaces.Apply(block, kind, factors);
        foreach (var site in sites) Finish(block, site, InputFactors(block.Graph, found, site), pool);
    }

    private static IEnumerable<ScalingKind> Places(ModelGraph graph, int layer) => ScalingPlaces.Kinds.Where(kind => ScalingPlaces.Refusal(graph, layer, kind) is null);

    // What the columns of a site were multiplied with; its inputs are divided by it.
    private static float[]? InputFactors(ModelGraph graph, List<(ScalingKind Kind, float[] Factors)> found, LinearSite site)
    {
        foreach (var (kind, factors) in found)
            if (ScalingPlaces.InputOf(kind) == site.Input) return ScalingPlaces.AtReaders(graph, site.Layer, kind, factors);
        return null;
    }

    private void Finish(BlockEdit block, LinearSite site, float[]? factors, ComputePool pool)
    {
        var values = block.Values(site.Weight);
        var statistics = block.Statistics(site.Input);
        var before = (float[])values.Clone();
        // Scores of queries and keys are products of two maps, which errors of one site say little about.
        if (_options.Clip && site.Role is not (ParameterRole.Query or ParameterRole.Key)) _search.Clip(pool, values, site, statistics, factors);
        if (_options.Round)
        {
            var rounded = (float[])values.Clone();
            _search.Rounding.Round(pool, rounded, site.Columns);
            var stored = _options.Bits is null ? rounded : StoredRows.Of(pool, _format, site, rounded);
            block.Report(site.Weight, new SiteOutcome((double)stored.AsSpan().Count(0f) / stored.Length, Error(pool, statistics, before, stored, site, factors), null));
            if (_options.Bits is not null) rounded.CopyTo(values, 0);
        }

        block.Store(site.Weight, _format);
    }

    private static double Error(ComputePool pool, InputStatistics statistics, float[] before, float[] after, LinearSite site, float[]? factors)
    {
        if (factors is null) return OutputError.Relative(pool, statistics, before, after, site.Rows);
        var (first, second) = ((float[])before.Clone(), (float[])after.Clone());
        AwqSearch.DivideColumns(first, factors);
        AwqSearch.DivideColumns(second, factors);
        return OutputError.Relative(pool, statistics, first, second, site.Rows);
    }
}
