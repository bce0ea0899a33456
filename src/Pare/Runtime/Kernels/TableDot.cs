using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pare.Formats;
using Pare.Formats.Tables;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Rows of a table format with float activations: eight indices at a time choose from registers that hold the row's table.</summary>
/// <remarks>Products and sums in float32, in four accumulators of eight lanes, then pairwise; what lies beside the table is added behind that.</remarks>
internal sealed unsafe class TableDot : RowDot
{
    private const int Step = 8;
    private readonly TableFormat _format;
    private readonly byte* _data;
    private readonly int _rowBytes;
    private readonly Weight _weight;

    private TableDot(Weight weight)
    {
        (_weight, _format) = (weight, TableFormat.Of(weight.Type));
        _data = weight.StoredRow(0);
        _rowBytes = checked((int)weight.Type.RowBytes(weight.Columns));
    }

    /// <summary>The kernel for a weight in contiguous rows whose bytes are sound.</summary>
    /// <exception cref="ModelFormatException">A row is damaged.</exception>
    public static new TableDot For(Weight weight)
    {
        // Reads every row once: the kernel looks at no index.
        var values = new float[weight.Columns];
        for (var row = 0; row < weight.Rows; row++) weight.Read(row, 0, values);
        return new TableDot(weight);
    }

    public override void Multiply(int first, int last, float* x, int columns, int n, float* y, int ldy)
    {
        var table = stackalloc float[16];
        for (var row = first; row < last; row++)
        {
            var stored = new ReadOnlySpan<byte>(_data + (long)row * _rowBytes, _rowBytes);
            for (var i = 0; i < _format.Entries; i++) table[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(stored[(2 * i)..]);
            for (var t = 0; t < n; t++) y[(long)t * ldy + row] = Dot(stored, table, x + (long)t * columns, columns);
        }

        GC.KeepAlive(_weight);
    }

    private float Dot(ReadOnlySpan<byte> row, float* table, float* x, int columns)
    {
        float sum;
        // The last step of 3-bit indices would read a byte behind them.
        var whole = columns / Step - (_format.Bits == 3 ? 1 : 0);
        fixed (byte* start = row)
        {
            var indices = start + _format.TableBytes;
            sum = _format.Bits == 3 ? Sum<ThreeBits>(indices, table, x, whole) : Sum<FourBits>(indices, table, x, whole);
        }

        for (var column = Math.Max(0, whole) * Step; column < columns; column++) sum += table[TableRow.Index(_format, row, column)] * x[column];
        for (var i = 0; i < _format.Outliers(columns); i++)
        {
            var (column, value) = TableRow.Outlier(_format, row, columns, i);
            sum += (value - table[TableRow.Index(_format, row, column)]) * x[column];
        }

        return sum;
    }

    private static float Sum<TIndices>(byte* indices, float* table, float* x, int steps)
        where TIndices : struct, IIndices
    {
        var (low, high) = (Vector256.Load(table), Vector256.Load(table + Step));
        Vector256<float> a = default, b = default, c = default, d = default;
        var i = 0;
        for (; i + 4 <= steps; i += 4, indices += 4 * TIndices.Bytes, x += 4 * Step)
        {
            a = Fused.MultiplyAdd(TIndices.Look(indices, low, high), Vector256.Load(x), a);
            b = Fused.MultiplyAdd(TIndices.Look(indices + TIndices.Bytes, low, high), Vector256.Load(x + Step), b);
            c = Fused.MultiplyAdd(TIndices.Look(indices + 2 * TIndices.Bytes, low, high), Vector256.Load(x + 2 * Step), c);
            d = Fused.MultiplyAdd(TIndices.Look(indices + 3 * TIndices.Bytes, low, high), Vector256.Load(x + 3 * Step), d);
        }

        for (; i < steps; i++, indices += TIndices.Bytes, x += Step) a = Fused.MultiplyAdd(TIndices.Look(indices, low, high), Vector256.Load(x), a);
        var sums = a + b + (c + d);
        return Vector128.Sum(sums.GetLower()) + Vector128.Sum(sums.GetUpper());
    }

    // Number by number.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector256<float> Chosen(uint indices, int bits, Vector256<float> low, Vector256<float> high)
    {
        var chosen = default(Vector256<float>);
        for (var i = 0; i < Step; i++, indices >>= bits)
        {
            var index = (int)(indices & ((1u << bits) - 1));
            chosen = chosen.WithElement(i, index < Step ? low[index] : high[index - Step]);
        }

        return chosen;
    }

    // Eight indices and the numbers that they choose.
    private interface IIndices
    {
        static abstract int Bytes { get; }

        static abstract Vector256<float> Look(byte* at, Vector256<float> low, Vector256<float> high);
    }

    private readonly struct ThreeBits : IIndices
    {
        public static int Bytes => 3;

        // The permutation looks at the lowest three bits of each lane only.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Look(byte* at, Vector256<float> low, Vector256<float> high)
        {
            if (Avx2.IsSupported) return Avx2.PermuteVar8x32(low, Avx2.ShiftRightLogicalVariable(Vector256.Create(*(uint*)at), Vector256.Create(0u, 3, 6, 9, 12, 15, 18, 21)).AsInt32());
            return Chosen(*(uint*)at, 3, low, high);
        }
    }

    private readonly struct FourBits : IIndices
    {
        public static int Bytes => 4;

        // The fourth bit, moved to the sign, chooses the table's half.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Look(byte* at, Vector256<float> low, Vector256<float> high)
        {
            if (!Avx2.IsSupported) return Chosen(*(uint*)at, 4, low, high);
            var index = Avx2.ShiftRightLogicalVariable(Vector256.Create(*(uint*)at), Vector256.Create(0u, 4, 8, 12, 16, 20, 24, 28));
            return Avx.BlendVariable(Avx2.PermuteVar8x32(low, index.AsInt32()), Avx2.PermuteVar8x32(high, index.AsInt32()), (index << 28).AsSingle());
        }
    }
}
