using Pare.Calibration;
using Pare.Formats;
using Pare.Formats.Sparse;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Has linear sites stored as inliers and outliers.</summary>
internal sealed class SdqPass : SitePass
{
    private readonly SdqOptions _options;

    /// <summary>Binds the pass to a model.</summary>
    /// <exception cref="RecipeException">A pattern matches nothing, or the blocks do not divide a site's rows.</exception>
    public SdqPass(SdqOptions options, ModelGraph graph, string path)
        : base(graph, options.Sites, options.Format.Type, path)
    {
        _options = options;
        var block = options.Format.Block;
        if (Sites.FirstOrDefault(site => site.Columns % block != 0) is not { } odd) return;
        var fitting = Enumerable.Range(2, SparseFormat.LargestBlock - 1).Where(m => Sites.All(other => other.Columns % m == 0)).ToList();
        throw new RecipeException($"{path}.pattern", $"blocks of {block} do not divide the {odd.Columns} input columns of {odd.Name}; "
            + (fitting.Count > 0 ? $"use {string.Join(", ", fitting)} for M" : "no M up to 16 divides all of them") + ", or leave it out with sites");
    }

    public override string Method => SdqOptions.MethodName;

    public override StatisticsKinds Needs => _options.Metric != SdqMetric.Wanda && _options.OutlierMetric != SdqMetric.Wanda ? StatisticsKinds.None : StatisticsKinds.Channels;

    protected override void Apply(IEnumerable<LinearSite> sites, BlockEdit block, ComputePool pool)
    {
        foreach (var site in sites)
        {
            var values = block.Values(site.Weight);
            var norms = Needs == StatisticsKinds.None ? [] : block.Statistics(site.Input).Norms();
            var bytes = new byte[checked(_options.Format.RowBytes(site.Columns) * site.Rows)];
            var parts = Math.Min(site.Rows, 4 * pool.Threads);
            pool.For(parts, new Rows(_options, site, values, norms, bytes, parts));
            block.StoreEncoded(site.Weight, _options.Format.Type, bytes);
        }
    }

    private readonly struct Rows(SdqOptions options, LinearSite site, float[] values, float[] norms, byte[] bytes, int parts) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var format = options.Format;
            var encoder = new SparseRowEncoder(format, site.Columns);
            var (kept, outlying, marks) = (new float[site.Columns], new float[site.Columns], new byte[site.Columns]);
            var size = (int)format.RowBytes(site.Columns);
            var last = (int)((part + 1L) * site.Rows / parts);
            for (var row = (int)((long)part * site.Rows / parts); row < last; row++)
            {
                var weights = values.AsSpan(row * site.Columns, site.Columns);
                try
                {
                    SdqMath.Importance(options.Metric, format, weights, norms, kept);
                    SdqMath.Importance(options.OutlierMetric, format, weights, norms, outlying);
                    SparseSplit.Assign(format, kept, outlying, marks);
                    encoder.Encode(weights, marks, bytes.AsSpan(row * size, size));
                }
                catch (ArgumentException exception)
                {
                    throw new ExportException($"storing row {row} of {site.Name} as {format}: {exception.Message}");
                }
            }
        }
    }
}
