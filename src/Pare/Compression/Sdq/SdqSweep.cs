using Pare.Formats;
using Pare.Formats.Numbers;
using Pare.Formats.Sparse;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>What a joint sweep has chosen of a site: marks, codes and scales. Rows are worked on by several threads, each row by one.</summary>
/// <param name="options">Format and metrics.</param>
/// <param name="site">The site.</param>
/// <param name="factors">[columns] factors of the metric, or empty.</param>
/// <param name="outlierFactors">[columns] factors of the outliers' metric, or empty.</param>
internal sealed class SdqSweep(SdqOptions options, LinearSite site, float[] factors, float[] outlierFactors)
{
    /// <summary>γ leaves room for vectors that grow beyond the row's largest number as errors are spread.</summary>
    public const float Headroom = 1.25f;

    private static readonly NumberGrid s_scales = NumberGrid.Of(NumberFormat.UInt8);
    private readonly SparseFormat _format = options.Format;
    private readonly NumberGrid[] _grids = [.. options.Format.Parts.Select(part => NumberGrid.Of(part.Numbers))];
    private readonly int _vectors = VsQuant.Vectors(site.Columns);
    private readonly byte[] _marks = new byte[checked(site.Rows * site.Columns)];
    private readonly byte[] _codes = new byte[checked(site.Rows * site.Columns)];
    private readonly float[] _seconds = new float[site.Rows * options.Format.PartCount];
    private readonly byte[] _scales = new byte[site.Rows * options.Format.PartCount * VsQuant.Vectors(site.Columns)];

    /// <summary>Columns of a row.</summary>
    public int Columns => site.Columns;

    /// <summary>Columns of a run: whole blocks, and whole vectors where there are so short ones.</summary>
    public int Run { get; } = RunOf(options.Format.Block);

    /// <summary>Chooses the value of a column, in the order of the columns.</summary>
    /// <param name="row">The row.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="column">The column.</param>
    /// <returns>The stored value.</returns>
    public float Choose(int row, in SweptRow weights, int column)
    {
        if (column == 0) Begin(row, weights);
        if (column % _format.Block == 0) Mark(row, weights, column);
        if (column % VsQuant.Vector == 0) Scale(row, weights, column);
        var mark = _marks[row * Columns + column];
        if (mark == SparseSplit.Dropped) return 0;
        var part = mark == SparseRowEncoder.Mark(0) ? 0 : 1;
        Span<float> weight = stackalloc float[1];
        weights.CopyTo(column, weight);
        if (!float.IsFinite(weight[0])) throw new ExportException($"storing row {row} of {site.Name} as {_format}: column {column} became {weight[0]} as errors were spread; the model is damaged, or needs more damping");
        var (second, scale) = (Second(row, part), s_scales.Decode(Scales(row, part)[column / VsQuant.Vector]));
        var code = scale * second == 0 ? (byte)0 : _grids[part].Encode(weight[0] / (scale * second));
        _codes[row * Columns + column] = code;
        return VsQuant.Decode(_grids[part], code, scale, second);
    }

    /// <summary>Writes what was chosen.</summary>
    /// <param name="pool">The threads.</param>
    /// <returns>The stored rows.</returns>
    public byte[] Encode(ComputePool pool)
    {
        var bytes = new byte[checked(_format.RowBytes(Columns) * site.Rows)];
        pool.For(site.Rows, new Rows(this, bytes));
        return bytes;
    }

    private static int RunOf(int block)
    {
        var both = block;
        while (both % VsQuant.Vector != 0) both += block;
        var unit = both <= ErrorSweep.MostColumns ? both : block;
        return ErrorSweep.MostColumns - ErrorSweep.MostColumns % unit;
    }

    private ref float Second(int row, int part) => ref _seconds[row * _format.PartCount + part];

    private Span<byte> Scales(int row, int part) => _scales.AsSpan((row * _format.PartCount + part) * _vectors, _vectors);

    // γ of each part, from the row as it is.
    private void Begin(int row, in SweptRow weights)
    {
        for (var column = 0; column < Columns; column += _format.Block) Mark(row, weights, column);
        Span<float> largest = stackalloc float[2];
        Span<float> weight = stackalloc float[1];
        for (var column = 0; column < Columns; column++)
        {
            weights.CopyTo(column, weight);
            var mark = _marks[row * Columns + column];
            if (mark != SparseSplit.Dropped) largest[mark - 1] = MathF.Max(largest[mark - 1], MathF.Abs(weight[0]));
        }

        var most = MathF.Max(largest[0], largest[1]);
        for (var part = 0; part < _format.PartCount; part++)
            Second(row, part) = VsQuant.Second(Headroom * (largest[part] > 0 ? largest[part] : most), _grids[part], s_scales);
    }

    // The metrics are taken over the vectors that the block lies in: rounding errors depend on the vector's scale.
    private void Mark(int row, in SweptRow weights, int column)
    {
        var first = column / VsQuant.Vector * VsQuant.Vector;
        var count = Math.Min(Columns, (column + _format.Block + VsQuant.Vector - 1) / VsQuant.Vector * VsQuant.Vector) - first;
        Span<float> values = stackalloc float[2 * VsQuant.Vector];
        Span<float> kept = stackalloc float[2 * VsQuant.Vector];
        Span<float> outlying = stackalloc float[2 * VsQuant.Vector];
        weights.CopyTo(first, values[..count]);
        SdqMath.Importance(options.Metric, _format, values[..count], Part(factors, first, count), kept);
        SdqMath.Importance(options.OutlierMetric, _format, values[..count], Part(outlierFactors, first, count), outlying);
        SparseSplit.Assign(_format, kept.Slice(column - first, _format.Block), outlying.Slice(column - first, _format.Block), _marks.AsSpan(row * Columns + column, _format.Block));
    }

    private static ReadOnlySpan<float> Part(float[] values, int first, int count) => values.Length == 0 ? [] : values.AsSpan(first, count);

    // What blocks behind the column will keep is chosen here for the time being.
    private void Scale(int row, in SweptRow weights, int column)
    {
        var count = Math.Min(VsQuant.Vector, Columns - column);
        for (var next = (column / _format.Block + 1) * _format.Block; next < column + count; next += _format.Block) Mark(row, weights, next);
        Span<float> values = stackalloc float[VsQuant.Vector];
        Span<float> own = stackalloc float[VsQuant.Vector];
        weights.CopyTo(column, values[..count]);
        for (var part = 0; part < _format.PartCount; part++)
        {
            for (var i = 0; i < count; i++) own[i] = _marks[row * Columns + column + i] == SparseRowEncoder.Mark(part) ? values[i] : 0;
            Scales(row, part)[column / VsQuant.Vector] = VsQuant.Scale(own[..count], _grids[part], s_scales, Second(row, part), fit: true);
        }
    }

    private readonly struct Rows(SdqSweep sweep, byte[] bytes) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var encoder = new SparseRowEncoder(sweep._format, sweep.Columns);
            var size = (int)sweep._format.RowBytes(sweep.Columns);
            var own = part * sweep.Columns;
            for (var p = 0; p < sweep._format.PartCount; p++)
                encoder.Write(p, sweep._marks.AsSpan(own, sweep.Columns), sweep._codes.AsSpan(own, sweep.Columns), sweep.Scales(part, p), sweep.Second(part, p), bytes.AsSpan(part * size, size));
        }
    }
}
