using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pare.Formats;
using Pare.Formats.Tables;
using Pare.Models;

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

    /// <summary>The kernel for a weight in contiguous rows whose bytes are sound; null where this processor cannot run it.</summary>
    /// <exception cref="ModelFormatException">A row is damaged.</exception>
    public static new TableDot? For(Weight weight)
    {
        if (!Avx2.IsSupported || !Fma.IsSupported) return null;
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
            sum = _format.Bits == 3 ? Three(indices, table, x, whole) : Four(indices, table, x, whole);
        }

        for (var column = Math.Max(0, whole) * Step; column < columns; column++) sum += table[TableRow.Index(_format, row, column)] * x[column];
        for (var i = 0; i < _format.Outliers(columns); i++)
        {
            var (column, value) = TableRow.Outlier(_format, row, columns, i);
            sum += (value - table[TableRow.Index(_format, row, column)]) * x[column];
        }

        return sum;
    }

    // The permutation looks at the lowest three bits of each lane only.
    private static float Three(byte* indices, float* table, float* x, int steps)
    {
        var numbers = Vector256.Load(table);
        var shifts = Vector256.Create(0u, 3, 6, 9, 12, 15, 18, 21);
        Vector256<float> a = default, b = default, c = default, d = default;
        var i = 0;
        for (; i + 4 <= steps; i += 4, indices += 12, x += 4 * Step)
        {
            a = Fma.MultiplyAdd(Look(indices), Vector256.Load(x), a);
            b = Fma.MultiplyAdd(Look(indices + 3), Vector256.Load(x + Step), b);
            c = Fma.MultiplyAdd(Look(indices + 6), Vector256.Load(x + 2 * Step), c);
            d = Fma.MultiplyAdd(Look(indices + 9), Vector256.Load(x + 3 * Step), d);
        }

        for (; i < steps; i++, indices += 3, x += Step) a = Fma.MultiplyAdd(Look(indices), Vector256.Load(x), a);
        return Vector256.Sum(a + b + (c + d));

        Vector256<float> Look(byte* at) => Avx2.PermuteVar8x32(numbers, Avx2.ShiftRightLogicalVariable(Vector256.Create(*(uint*)at), shifts).AsInt32());
    }

    private static float Four(byte* indices, float* table, float* x, int steps)
    {
        var (low, high) = (Vector256.Load(table), Vector256.Load(table + Step));
        var shifts = Vector256.Create(0u, 4, 8, 12, 16, 20, 24, 28);
        Vector256<float> a = default, b = default, c = default, d = default;
        var i = 0;
        for (; i + 4 <= steps; i += 4, indices += 16, x += 4 * Step)
        {
            a = Fma.MultiplyAdd(Look(indices), Vector256.Load(x), a);
            b = Fma.MultiplyAdd(Look(indices + 4), Vector256.Load(x + Step), b);
            c = Fma.MultiplyAdd(Look(indices + 8), Vector256.Load(x + 2 * Step), c);
            d = Fma.MultiplyAdd(Look(indices + 12), Vector256.Load(x + 3 * Step), d);
        }

        for (; i < steps; i++, indices += 4, x += Step) a = Fma.MultiplyAdd(Look(indices), Vector256.Load(x), a);
        return Vector256.Sum(a + b + (c + d));

        // The fourth bit, moved to the sign, chooses the table's half.
        Vector256<float> Look(byte* at)
        {
            var index = Avx2.ShiftRightLogicalVariable(Vector256.Create(*(uint*)at), shifts);
            return Avx.BlendVariable(Avx2.PermuteVar8x32(low, index.AsInt32()), Avx2.PermuteVar8x32(high, index.AsInt32()), (index << 28).AsSingle());
        }
    }
}
