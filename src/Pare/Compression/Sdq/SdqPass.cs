using Pare.Calibration;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Has linear sites stored as inliers and outliers, each row for itself.</summary>
internal sealed class SdqPass : SitePass
{
    private readonly SdqOptions _options;

    /// <summary>Binds the pass to a model.</summary>
    /// <exception cref="RecipeException">A pattern matches nothing, or the blocks do not divide a site's rows.</exception>
    public SdqPass(SdqOptions options, ModelGraph graph, string path)
        : base(graph, options.Sites, options.Format.Type, path)
    {
        options.Check((key, text) => new RecipeException($"{path}.{key}", text));
        _options = options;
        PatternText.CheckBlocks(options.Format.Block, Sites, path);
    }

    public override string Method => SdqOptions.MethodName;

    public override StatisticsKinds Needs => _options.Metric != SdqMetric.Wanda && _options.OutlierMetric != SdqMetric.Wanda ? StatisticsKinds.None : StatisticsKinds.Channels;

    protected override void Apply(IEnumerable<LinearSite> sites, BlockEdit block, ComputePool pool)
    {
        foreach (var site in sites)
        {
            var values = block.Values(site.Weight);
            var norms = Needs == StatisticsKinds.None ? [] : block.Statistics(site.Input).Norms();
            block.StoreEncoded(site.Weight, _options.Format.Type, SdqRows.Encode(_options, _options.Metric, site, values, norms, norms, pool));
        }
    }
}
