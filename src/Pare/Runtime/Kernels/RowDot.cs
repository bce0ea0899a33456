using Pare.Formats;
using Pare.Formats.Tables;
using Pare.Models;

namespace Pare.Runtime;

/// <summary>Multiplies stored rows with float activations without decoding them to memory first: one class per format, called once per run of rows.</summary>
internal abstract unsafe class RowDot
{
    /// <summary>y[t, row] = Σ_c W[row, c] · x[t, c] for rows from first to last − 1 and all n tokens.</summary>
    public abstract void Multiply(int first, int last, float* x, int columns, int n, float* y, int ldy);

    /// <summary>The kernel for a weight, or null where rows have to be decoded.</summary>
    public static RowDot? For(Weight weight)
    {
        if (!weight.IsContiguous) return null;
        var data = weight.StoredRow(0);
        return weight.Type switch
        {
            ElementType.F32 => new RowDot<DotF32>(data, weight),
            ElementType.F16 => new RowDot<DotHalves<WideF16>>(data, weight),
            ElementType.BF16 => new RowDot<DotHalves<WideBF16>>(data, weight),
            ElementType.Q8_0 => new RowDot<DotBlocks<FloatQ8_0>>(data, weight),
            ElementType.Q4_0 => new RowDot<DotBlocks<FloatQ4_0>>(data, weight),
            ElementType.Q4_1 => new RowDot<DotBlocks<FloatQ4_1>>(data, weight),
            ElementType.Q4_K => new RowDot<DotQ4_K>(data, weight),
            ElementType.Q6_K => new RowDot<DotQ6_K>(data, weight),
            _ => TableFormat.IsTable(weight.Type) ? TableDot.For(weight) : null,
        };
    }
}

/// <summary>The traversal, over a format's dot product.</summary>
/// <typeparam name="TDot">The format.</typeparam>
internal sealed unsafe class RowDot<TDot>(byte* data, Weight weight) : RowDot
    where TDot : struct, IRowDotFormat
{
    private readonly long _rowBytes = weight.Type.RowBytes(weight.Columns);
    private readonly Weight _keepAlive = weight;

    public override void Multiply(int first, int last, float* x, int columns, int n, float* y, int ldy)
    {
        var row = first;
        for (; row + 4 <= last; row += 4)
        {
            var stored = data + row * _rowBytes;
            for (var t = 0; t < n; t++) TDot.Four(stored, _rowBytes, x + (long)t * columns, columns, y + (long)t * ldy + row);
        }

        for (; row < last; row++)
        {
            var stored = data + row * _rowBytes;
            for (var t = 0; t < n; t++) y[(long)t * ldy + row] = TDot.Dot(stored, x + (long)t * columns, columns);
        }

        GC.KeepAlive(_keepAlive);
    }
}

/// <summary>Dot product of a stored row with float32 activations.</summary>
internal unsafe interface IRowDotFormat
{
    /// <summary>Σ w[i] · x[i]: products and sums in float32, summed in lanes (<see cref="DotLanes"/>: i mod 16; F32: as <c>VectorMath.Dot</c>) and then over lanes.</summary>
    static abstract float Dot(byte* row, float* x, int count);

    /// <summary>The same for four rows that follow each other.</summary>
    /// <param name="rows">The first row.</param>
    /// <param name="stride">Bytes from row to row.</param>
    /// <param name="x">[count].</param>
    /// <param name="count">Columns.</param>
    /// <param name="results">[4].</param>
    static abstract void Four(byte* rows, long stride, float* x, int count, float* results);
}
