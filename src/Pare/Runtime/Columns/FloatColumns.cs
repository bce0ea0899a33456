using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>A matrix in a 16-bit float format whose columns lie apart, for few tokens with float32 activations: columns whose activation is zero are not read.</summary>
/// <remarks>
/// Sums are made as <see cref="DotHalves{THalf}"/> makes them: lane by lane (columns i mod 16 in ascending order), then over the lanes, then the columns behind the last whole sixteen.
/// Columns lie in that order: all of lane 0, all of lane 1, … and the rest. Strips have 64 rows. A term with an activation of zero changes no sum, so leaving it out changes no bit.
/// </remarks>
internal abstract unsafe class FloatColumns : IDisposable
{
    /// <summary>Rows of a strip.</summary>
    public const int StripRows = 64;

    private protected const int ColumnBytes = 2 * StripRows;
    private readonly NativeBuffer<int> _places;
    private readonly NativeBuffer<float> _values;
    private readonly NativeBuffer<int> _starts;

    private protected FloatColumns(Weight weight)
    {
        (Rows, Columns) = (weight.Rows, weight.Columns);
        _places = new NativeBuffer<int>((long)Linear.FewTokens * Columns, zeroed: false);
        _values = new NativeBuffer<float>((long)Linear.FewTokens * Columns, zeroed: false);
        _starts = new NativeBuffer<int>(Linear.FewTokens * (DotLanes.Count + 2L));
    }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Strips; the last is filled up with zeros.</summary>
    public int Strips => (Rows + StripRows - 1) / StripRows;

    /// <summary>Bytes of the matrix, a multiple of 64.</summary>
    public long ByteLength => (long)Strips * Columns * ColumnBytes;

    /// <summary>A matrix for a weight, not filled yet; null for other formats.</summary>
    public static FloatColumns? For(Weight weight) => !weight.IsContiguous || weight.Parameter.IsVector ? null : weight.Type switch
    {
        ElementType.F16 => new FloatColumns<WideF16>(weight),
        ElementType.BF16 => new FloatColumns<WideBF16>(weight),
        _ => null,
    };

    /// <summary>Lays a weight down.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="weight">The weight.</param>
    /// <param name="target"><see cref="ByteLength"/> bytes, aligned to 64; they have to outlive the matrix.</param>
    public abstract void Pack(ComputePool pool, Weight weight, byte* target);

    /// <summary>Finds the activations that are not zero; they serve the products that follow.</summary>
    /// <param name="x">[tokens, columns].</param>
    /// <param name="tokens">Tokens, <see cref="Linear.FewTokens"/> at most.</param>
    public void Collect(float* x, int tokens)
    {
        for (var t = 0; t < tokens; t++, x += Columns)
        {
            var places = _places.Pointer + (long)t * Columns;
            var values = _values.Pointer + (long)t * Columns;
            var starts = Starts(t);
            var (count, place) = (0, 0);
            for (var lane = 0; lane < DotLanes.Count; lane++)
            {
                starts[lane] = count;
                for (var column = lane; column < Whole; column += DotLanes.Count, place++)
                {
                    // What is zero is overwritten by the next: a branch would be guessed wrongly too often.
                    (places[count], values[count]) = (place, x[column]);
                    count += x[column] != 0 ? 1 : 0;
                }
            }

            starts[DotLanes.Count] = count;
            for (var column = Whole; column < Columns; column++, place++)
            {
                (places[count], values[count]) = (place, x[column]);
                count += x[column] != 0 ? 1 : 0;
            }

            starts[DotLanes.Count + 1] = count;
        }
    }

    /// <summary>Bytes of weights that a product with the token that was collected reads.</summary>
    public long BytesRead => (long)Starts(0)[DotLanes.Count + 1] * ColumnBytes * Strips;

    /// <summary>y[t, row] for the rows of strips from first to last − 1 and the tokens that were collected.</summary>
    public void Multiply(int first, int last, int tokens, float* y)
    {
        for (var strip = first; strip < last; strip++)
        {
            var row = strip * StripRows;
            for (var t = 0; t < tokens; t++)
                Strip(strip, _places.Pointer + (long)t * Columns, _values.Pointer + (long)t * Columns, Starts(t), new Span<float>(y + (long)t * Rows + row, Math.Min(StripRows, Rows - row)));
        }
    }

    public void Dispose()
    {
        _places.Dispose();
        _values.Dispose();
        _starts.Dispose();
    }

    /// <summary>Columns that fill all sixteen lanes.</summary>
    private protected int Whole => Columns / DotLanes.Count * DotLanes.Count;

    private protected abstract void Strip(int strip, int* places, float* values, int* starts, Span<float> y);

    private int* Starts(int token) => _starts.Pointer + token * (DotLanes.Count + 2);
}

/// <summary>The traversal, over a format.</summary>
/// <typeparam name="THalf">The format.</typeparam>
internal sealed unsafe class FloatColumns<THalf>(Weight weight) : FloatColumns(weight)
    where THalf : struct, IHalfFormat
{
    // Columns ahead of the one at work that are asked for: some 16 KB.
    private const int Ahead = 128;
    private byte* _data;

    public override void Pack(ComputePool pool, Weight weight, byte* target)
    {
        _data = target;
        pool.For(Strips, new PackStrips(this, weight));
        GC.KeepAlive(weight.Owner);
    }

    [SkipLocalsInit]
    private protected override void Strip(int strip, int* places, float* values, int* starts, Span<float> y)
    {
        var data = _data + (long)strip * Columns * ColumnBytes;
        var sums = stackalloc float[StripRows * DotLanes.Count];
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported) Lanes512(data, places, values, starts, sums);
        else if (Vector256.IsHardwareAccelerated && Avx2.IsSupported) Lanes256(data, places, values, starts, sums);
        else LanesPortable(data, places, values, starts, sums);
        AddLanes(sums);
        for (var row = 0; row < y.Length; row++)
        {
            var sum = sums[row];
            for (var i = starts[DotLanes.Count]; i < starts[DotLanes.Count + 1]; i++) sum += THalf.Widen(((ushort*)(data + (long)places[i] * ColumnBytes))[row]) * values[i];
            y[row] = sum;
        }
    }

    // Neighbouring lanes are added pair by pair, and so on, as DotLanes does it: rows side by side, so that no number has to be picked out of a vector.
    private static void AddLanes(float* sums)
    {
        for (var count = DotLanes.Count; count > 1; count /= 2)
        {
            for (var lane = 0; lane < count; lane += 2)
            {
                var (one, other, target) = ((nint)(sums + lane * StripRows), (nint)(sums + (lane + 1) * StripRows), (nint)(sums + lane / 2 * StripRows));
                for (var row = 0; row < StripRows; row += Vector256<float>.Count)
                    (Vector256.Load((float*)one + row) + Vector256.Load((float*)other + row)).Store((float*)target + row);
            }
        }
    }

    // sums[lane, row].
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Lanes512(byte* data, int* places, float* values, int* starts, float* sums)
    {
        var last = starts[DotLanes.Count] - 1;
        for (var lane = 0; lane < DotLanes.Count; lane++)
        {
            Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
            for (var i = starts[lane]; i < starts[lane + 1]; i++)
            {
                var column = (short*)(data + (long)places[i] * ColumnBytes);
                var ahead = data + (long)places[Math.Min(i + Ahead, last)] * ColumnBytes;
                Sse.Prefetch1(ahead);
                Sse.Prefetch1(ahead + 64);
                var x = Vector512.Create(values[i]);
                s0 = Vector512.FusedMultiplyAdd(Read512(column), x, s0);
                s1 = Vector512.FusedMultiplyAdd(Read512(column + 16), x, s1);
                s2 = Vector512.FusedMultiplyAdd(Read512(column + 32), x, s2);
                s3 = Vector512.FusedMultiplyAdd(Read512(column + 48), x, s3);
            }

            var target = sums + lane * StripRows;
            s0.Store(target);
            s1.Store(target + 16);
            s2.Store(target + 32);
            s3.Store(target + 48);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Lanes256(byte* data, int* places, float* values, int* starts, float* sums)
    {
        var last = starts[DotLanes.Count] - 1;
        for (var lane = 0; lane < DotLanes.Count; lane++)
        {
            for (var part = 0; part < StripRows; part += 32)
            {
                Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
                for (var i = starts[lane]; i < starts[lane + 1]; i++)
                {
                    var column = (short*)(data + (long)places[i] * ColumnBytes) + part;
                    Sse.Prefetch1(data + (long)places[Math.Min(i + Ahead, last)] * ColumnBytes + 2 * part);
                    var x = Vector256.Create(values[i]);
                    s0 = Vector256.FusedMultiplyAdd(Read256(column), x, s0);
                    s1 = Vector256.FusedMultiplyAdd(Read256(column + 8), x, s1);
                    s2 = Vector256.FusedMultiplyAdd(Read256(column + 16), x, s2);
                    s3 = Vector256.FusedMultiplyAdd(Read256(column + 24), x, s3);
                }

                var target = sums + lane * StripRows + part;
                s0.Store(target);
                s1.Store(target + 8);
                s2.Store(target + 16);
                s3.Store(target + 24);
            }
        }
    }

    private static void LanesPortable(byte* data, int* places, float* values, int* starts, float* sums)
    {
        new Span<float>(sums, StripRows * DotLanes.Count).Clear();
        for (var lane = 0; lane < DotLanes.Count; lane++)
        {
            for (var i = starts[lane]; i < starts[lane + 1]; i++)
            {
                var column = (ushort*)(data + (long)places[i] * ColumnBytes);
                var target = sums + lane * StripRows;
                for (var row = 0; row < StripRows; row += 4)
                {
                    var four = Vector128.Create(THalf.Widen(column[row]), THalf.Widen(column[row + 1]), THalf.Widen(column[row + 2]), THalf.Widen(column[row + 3]));
                    Fused.MultiplyAdd(four, Vector128.Create(values[i]), Vector128.Load(target + row)).Store(target + row);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Read512(short* bits) => THalf.Widen(Avx512F.ConvertToVector512Int32(Vector256.Load(bits)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Read256(short* bits) => THalf.Widen(Avx2.ConvertToVector256Int32(bits));

    private readonly struct PackStrips(FloatColumns<THalf> matrix, Weight weight) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var strip = (ushort*)(matrix._data + (long)part * matrix.Columns * ColumnBytes);
            var rows = Math.Min(StripRows, matrix.Rows - part * StripRows);
            if (rows < StripRows) new Span<ushort>(strip, matrix.Columns * StripRows).Clear();
            var (lanes, whole) = (DotLanes.Count, matrix.Whole);
            for (var row = 0; row < rows; row++)
            {
                var stored = (ushort*)weight.StoredRow(part * StripRows + row);
                for (var column = 0; column < matrix.Columns; column++)
                {
                    var place = column < whole ? column % lanes * (whole / lanes) + column / lanes : column;
                    strip[(long)place * StripRows + row] = stored[column];
                }
            }
        }
    }
}
