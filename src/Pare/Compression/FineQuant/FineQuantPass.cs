using Pare.Calibration;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Rounds the weights of linear sites in groups whose size is found for each of them.</summary>
internal sealed class FineQuantPass : SitePass
{
    private readonly FineQuantOptions _options;

    /// <summary>Binds the pass to a model.</summary>
    /// <exception cref="RecipeException">A pattern matches nothing, or an option is out of range.</exception>
    public FineQuantPass(FineQuantOptions options, ModelGraph graph, string path)
        : base(graph, options.Sites, options.StoredAs, path)
    {
        options.Check((key, text) => new RecipeException($"{path}.{key}", text));
        _options = options;
    }

    public override string Method => FineQuantOptions.MethodName;

    public override StatisticsKinds Needs => StatisticsKinds.None;

    protected override void Apply(IEnumerable<LinearSite> sites, BlockEdit block, ComputePool pool)
    {
        foreach (var site in sites)
        {
            var values = block.Values(site.Weight);
            var group = FineQuantMath.Group(values, site.Columns, _options.Shrink, _options.LeastGroup);
            new GroupRounding(null, _options.Bits, group).Round(pool, values, site.Columns);
            block.Report(site.Weight, new SiteOutcome(Zeros(Stored(pool, site, values)), null, null) { Group = group });
        }
    }
}
