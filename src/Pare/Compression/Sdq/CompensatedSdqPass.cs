using Pare.Formats;
using Pare.Formats.Sparse;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Has linear sites stored as inliers and outliers, and lets columns not yet reached make up for what was removed, or (joint) for what was removed and rounded.</summary>
internal sealed unsafe class CompensatedSdqPass : CompensatedPass
{
    private readonly SdqOptions _options;

    /// <summary>Binds the pass to a model.</summary>
    /// <exception cref="RecipeException">A pattern matches nothing, or the blocks do not divide a site's rows.</exception>
    public CompensatedSdqPass(SdqOptions options, ModelGraph graph, string path)
        : base(graph, options.Sites, options.Format.Type, options.Damping, byMoment: false, path)
    {
        options.Check((key, text) => new RecipeException($"{path}.{key}", text));
        _options = options;
        PatternText.CheckBlocks(options.Format.Block, Sites, path);
    }

    public override string Method => SdqOptions.MethodName;

    protected override void Choose(LinearSite site, float* weights, InverseFactor factor, BlockEdit block, ComputePool pool)
    {
        // A pass over the whole model may have made the rows shorter since the pass was bound.
        PatternText.CheckBlocks(_options.Format.Block, [site], Method);
        var format = _options.Format;
        var bytes = _options.Joint ? Joint(site, weights, factor, block, pool) : Behind(site, weights, factor, block, pool);
        var size = (int)format.RowBytes(site.Columns);
        for (var row = 0; row < site.Rows; row++)
            WeightCodec.Dequantize(format.Type, bytes.AsSpan(row * size, size), new Span<float>(weights + (long)row * site.Columns, site.Columns));
        block.StoreEncoded(site.Weight, format.Type, bytes);
    }

    private byte[] Joint(LinearSite site, float* weights, InverseFactor factor, BlockEdit block, ComputePool pool)
    {
        var sweep = new SdqSweep(_options, site, Factors(_options.Metric, factor, block, site), Factors(_options.OutlierMetric, factor, block, site));
        ErrorSweep.Apply(pool, weights, site.Rows, site.Columns, factor.Values, new SdqRule(sweep), sweep.Run);
        return sweep.Encode(pool);
    }

    // Removes first; the marks of what stays are those of the numbers that are not 0.
    private byte[] Behind(LinearSite site, float* weights, InverseFactor factor, BlockEdit block, ComputePool pool)
    {
        var target = SparsityTarget.Pattern(_options.Format.Kept, _options.Format.Block);
        SparseGptRule.Sweep(pool, site, weights, factor, target);
        var values = new ReadOnlySpan<float>(weights, checked(site.Rows * site.Columns)).ToArray();
        return SdqRows.Encode(_options, SdqMetric.Magnitude, site, values, [], Factors(_options.OutlierMetric, factor, block, site), pool);
    }

    private static float[] Factors(SdqMetric metric, InverseFactor factor, BlockEdit block, LinearSite site)
    {
        if (metric == SdqMetric.Magnitude) return [];
        if (metric != SdqMetric.SparseGpt) return block.Statistics(site.Input).Norms();
        var factors = new float[site.Columns];
        for (var i = 0; i < factors.Length; i++) factors[i] = 1 / factor.Values[(long)i * site.Columns + i];
        return factors;
    }
}
