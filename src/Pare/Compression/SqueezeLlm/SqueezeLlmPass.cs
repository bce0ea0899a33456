using Pare.Calibration;
using Pare.Formats;
using Pare.Formats.Tables;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Has linear sites stored as indices into tables, a table a row.</summary>
internal sealed class SqueezeLlmPass(SqueezeLlmOptions options, ModelGraph graph, string path) : SitePass(graph, options.Sites, options.Format.Type, path)
{
    private const int PartsPerThread = 4;

    public override string Method => SqueezeLlmOptions.MethodName;

    public override StatisticsKinds Needs => options.Weighted ? StatisticsKinds.Channels : StatisticsKinds.None;

    protected override void Apply(IEnumerable<LinearSite> sites, BlockEdit block, ComputePool pool)
    {
        foreach (var site in sites)
        {
            var importance = options.Weighted ? block.Statistics(site.Input).SquareSums.ToArray() : [];
            var bytes = new byte[checked(options.Format.RowBytes(site.Columns) * site.Rows)];
            var parts = Math.Min(site.Rows, PartsPerThread * pool.Threads);
            pool.For(parts, new Rows(options.Format, site, block.Values(site.Weight), importance, bytes, parts));
            block.StoreEncoded(site.Weight, options.Format.Type, bytes);
        }
    }

    private readonly struct Rows(TableFormat format, LinearSite site, float[] values, double[] importance, byte[] bytes, int parts) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var encoder = new TableRowEncoder(format, site.Columns);
            var size = (int)format.RowBytes(site.Columns);
            var last = (int)((part + 1L) * site.Rows / parts);
            for (var row = (int)((long)part * site.Rows / parts); row < last; row++)
            {
                try
                {
                    encoder.Encode(values.AsSpan(row * site.Columns, site.Columns), importance, bytes.AsSpan(row * size, size));
                }
                catch (ArgumentException exception)
                {
                    throw new ExportException($"storing row {row} of {site.Name} as {format}: {exception.Message}");
                }
            }
        }
    }
}
