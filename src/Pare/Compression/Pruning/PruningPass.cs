using Pare.Calibration;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Removes single weights of linear sites.</summary>
internal abstract class PruningPass : SitePass
{
    private readonly bool _dsnot;

    protected PruningPass(PruningOptions options, bool dsnot, ModelGraph graph, string path)
        : base(graph, options.Sites, options.Format, path)
    {
        options.Check((key, text) => new RecipeException($"{path}.{key}", text));
        Target = options.Target;
        Rates = SiteRates.For(options);
        _dsnot = dsnot;
        CheckPattern(Target, Sites, path);
    }

    protected SparsityTarget Target { get; }

    public override StatisticsKinds Needs => _dsnot ? StatisticsKinds.Channels : StatisticsKinds.None;

    protected override void Apply(IEnumerable<LinearSite> sites, BlockEdit block, ComputePool pool)
    {
        CheckPattern(Target, sites, Method);
        foreach (var site in sites)
        {
            var values = block.Values(site.Weight);
            var before = _dsnot ? (float[])values.Clone() : null;
            var target = Rates?.Of(site) ?? Target;
            Prune(site, values, target, block, pool);
            if (before is not null) pool.For(site.Rows, new DsnotRows(before, values, block.Statistics(site.Input), target));
            var zeros = values.AsSpan().Count(0f);
            block.Report(site.Weight, new SiteOutcome((double)zeros / values.Length, null, null));
        }
    }

    /// <summary>Whether every row is a whole number of blocks.</summary>
    /// <exception cref="RecipeException">One is not; names the site.</exception>
    public static void CheckPattern(SparsityTarget target, IEnumerable<LinearSite> sites, string path)
    {
        if (!target.IsPattern || sites.FirstOrDefault(site => site.Columns % target.Block != 0) is not { } odd) return;
        throw new RecipeException($"{path}.pattern",
            $"{target} does not divide the rows of {odd.Name}, which have {odd.Columns} inputs; take a block that divides {odd.Columns}, or leave the site out with sites");
    }

    /// <summary>Sets the weights that go to zero.</summary>
    protected abstract void Prune(LinearSite site, float[] values, SparsityTarget target, BlockEdit block, ComputePool pool);
}
