using Pare.Calibration;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Removes single weights of linear sites.</summary>
internal abstract class PruningPass : SitePass
{
    private readonly bool _dsnot;

    protected PruningPass(ScoredPruningOptions options, ModelGraph graph, string path)
        : base(graph, options.Sites, options.Format, path)
    {
        options.Check((key, text) => new RecipeException($"{path}.{key}", text));
        Target = options.Target;
        Rates = SiteRates.For(options);
        _dsnot = options.Dsnot;
        if (Target.IsPattern) PatternText.CheckBlocks(Target.Block, Sites, path);
    }

    protected SparsityTarget Target { get; }

    public override StatisticsKinds Needs => _dsnot ? StatisticsKinds.Channels : StatisticsKinds.None;

    protected override void Apply(IEnumerable<LinearSite> sites, BlockEdit block, ComputePool pool)
    {
        if (Target.IsPattern) PatternText.CheckBlocks(Target.Block, sites, Method);
        foreach (var site in sites)
        {
            var values = block.Values(site.Weight);
            var before = _dsnot ? (float[])values.Clone() : null;
            var target = Rates?.Of(site) ?? Target;
            Prune(site, values, target, block, pool);
            if (before is not null) pool.For(site.Rows, new DsnotRows(before, values, block.Statistics(site.Input), target));
            block.Report(site.Weight, new SiteOutcome(Zeros(Stored(pool, site, values)), null, null));
        }
    }

    /// <summary>Sets the weights that go to zero.</summary>
    protected abstract void Prune(LinearSite site, float[] values, SparsityTarget target, BlockEdit block, ComputePool pool);
}
