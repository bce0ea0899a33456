using Pare.Formats;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Rounds rows to what a type stores of them.</summary>
/// <param name="type">A type that fits the rows.</param>
/// <param name="site">The site, for messages.</param>
/// <param name="values">[rows, columns], changed in place.</param>
internal readonly struct StoredRows(ElementType type, LinearSite site, float[] values) : IParallelBody
{
    /// <summary>The values of a site as a type holds them; a copy.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="type">The type that is wanted; where its blocks do not divide the rows, the fallback is taken.</param>
    /// <param name="site">The site.</param>
    /// <param name="values">[rows, columns].</param>
    /// <exception cref="ExportException">A value is not finite or too large for the type; names the site.</exception>
    public static float[] Of(ComputePool pool, ElementType type, LinearSite site, float[] values)
    {
        var stored = (float[])values.Clone();
        pool.For(site.Rows, new StoredRows(WeightCodec.Fallback(type, site.Columns), site, stored));
        return stored;
    }

    /// <summary>Rounds one row.</summary>
    /// <param name="type">The type.</param>
    /// <param name="row">[columns], changed in place.</param>
    /// <param name="bytes">Room for the stored row.</param>
    public static void Round(ElementType type, Span<float> row, Span<byte> bytes)
    {
        WeightCodec.Quantize(type, row, bytes);
        WeightCodec.Dequantize(type, bytes, row);
    }

    public void Execute(int part, int worker)
    {
        try
        {
            Round(type, values.AsSpan(part * site.Columns, site.Columns), new byte[type.RowBytes(site.Columns)]);
        }
        catch (ArgumentException exception)
        {
            throw new ExportException($"storing {site.Name}.weight as {type.Label()}: {exception.Message}");
        }
    }
}
