using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Removes weights column by column and lets the columns not yet reached make up for it.</summary>
internal sealed unsafe class SparseGptPass : CompensatedPass
{
    private readonly SparsityTarget _target;

    public SparseGptPass(SparseGptOptions options, ModelGraph graph, string path)
        : base(graph, options.Sites, options.Format, options.Damping, byMoment: false, path)
    {
        options.Check((key, text) => new RecipeException($"{path}.{key}", text));
        _target = options.Target;
        Rates = SiteRates.For(options);
        PruningPass.CheckPattern(_target, Sites, path);
    }

    public override string Method => SparseGptOptions.MethodName;

    protected override void Choose(LinearSite site, float* weights, InverseFactor factor, BlockEdit block, ComputePool pool)
    {
        // A pass over the whole model may have made the rows shorter since the pass was bound.
        PruningPass.CheckPattern(_target, [site], Method);
        using var rule = new SparseGptRule.Memory(site.Rows, factor, site.Columns);
        // A block never lies in two runs.
        var run = ErrorSweep.MostColumns - (_target.IsPattern ? ErrorSweep.MostColumns % _target.Block : 0);
        ErrorSweep.Apply(pool, weights, site.Rows, site.Columns, factor.Values, new SparseGptRule(Rates?.Of(site) ?? _target, rule), run);
    }
}
