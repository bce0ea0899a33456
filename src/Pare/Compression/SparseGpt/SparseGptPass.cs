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
        if (_target.IsPattern) PatternText.CheckBlocks(_target.Block, Sites, path);
    }

    public override string Method => SparseGptOptions.MethodName;

    protected override void Choose(LinearSite site, float* weights, InverseFactor factor, BlockEdit block, ComputePool pool)
    {
        // A pass over the whole model may have made the rows shorter since the pass was bound.
        if (_target.IsPattern) PatternText.CheckBlocks(_target.Block, [site], Method);
        SparseGptRule.Sweep(pool, site, weights, factor, Rates?.Of(site) ?? _target);
    }
}
