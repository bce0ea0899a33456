using Pare.Formats;
using Pare.Formats.Sparse;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Splits and stores the rows of a site, each for itself.</summary>
/// <param name="options">Format and metric of the outliers.</param>
/// <param name="metric">What is kept.</param>
/// <param name="site">The site.</param>
/// <param name="values">[rows, columns].</param>
/// <param name="norms">[columns] for the metrics, or empty.</param>
/// <param name="outlierNorms">[columns] for the outliers' metric, or empty.</param>
/// <param name="bytes">Receives the rows.</param>
/// <param name="parts">Parts that the rows are cut into.</param>
internal readonly struct SdqRows(SdqOptions options, SdqMetric metric, LinearSite site, float[] values, float[] norms, float[] outlierNorms, byte[] bytes, int parts) : IParallelBody
{
    private const int PartsPerThread = 4;

    /// <summary>Stores all rows.</summary>
    /// <returns>The rows, one after another.</returns>
    /// <exception cref="ExportException">A number is not finite; names site and row.</exception>
    public static byte[] Encode(SdqOptions options, SdqMetric metric, LinearSite site, float[] values, float[] norms, float[] outlierNorms, ComputePool pool)
    {
        var bytes = new byte[checked(options.Format.RowBytes(site.Columns) * site.Rows)];
        var parts = Math.Min(site.Rows, PartsPerThread * pool.Threads);
        pool.For(parts, new SdqRows(options, metric, site, values, norms, outlierNorms, bytes, parts));
        return bytes;
    }

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
                SdqMath.Importance(metric, format, weights, norms, kept);
                SdqMath.Importance(options.OutlierMetric, format, weights, outlierNorms, outlying);
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
