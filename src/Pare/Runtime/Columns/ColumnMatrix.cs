using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>A weight matrix whose columns lie apart: a product reads those columns only whose activation is not zero. Groups are strips of rows.</summary>
/// <remarks>
/// A strip has, for each block of 32 columns, the scales of its rows (F16) and then the columns one after another, as many rows of each as the strip has.
/// The sums are the same integers, and the same float operations in the same order, as of <see cref="PackedKernel{TLanes, TVector, TFormat}"/>: the same bits.
/// </remarks>
internal abstract unsafe class ColumnMatrix : PackedMatrix
{
    /// <summary>Most rows of a strip.</summary>
    private const int MostRows = 512;

    private protected ColumnMatrix(int rows, int columns, int unit, int columnsPerByte)
        : base(rows, columns, StripRows(rows, unit), BytesOfStrip(columns, StripRows(rows, unit), columnsPerByte)) => ColumnBytes = GroupRows / columnsPerByte;

    /// <summary>Bytes of a column in a strip.</summary>
    public int ColumnBytes { get; }

    /// <summary>Bytes of a block of a strip.</summary>
    protected int BlockBytes => 2 * GroupRows + 32 * ColumnBytes;

    /// <summary>Bytes of weights that a product with one token reads.</summary>
    public long BytesRead(Int8Rows x)
    {
        long bytes = 0;
        for (var block = 0; block < x.Blocks; block++)
        {
            var active = BitOperations.PopCount(ColumnQuads.Active(x.Tile(0) + (long)block * Int8Block.Bytes));
            if (active > 0) bytes += 2 * GroupRows + (long)active * ColumnBytes;
        }

        return bytes * Groups;
    }

    /// <summary>Adds the product of one block of 32 columns: y + t₀ + t₁ + … over blocks in ascending order is what <see cref="PackedMatrix.Multiply"/> gives, bit for bit.</summary>
    /// <param name="strip">The strip.</param>
    /// <param name="block">The block.</param>
    /// <param name="x">The block of the token's activations.</param>
    /// <param name="sums">[<see cref="PackedMatrix.GroupRows"/>], zeros at first.</param>
    public abstract void AddBlock(int strip, int block, byte* x, float* sums);

    /// <summary>A matrix for a weight, not filled yet; null where the format has no such layout.</summary>
    public static ColumnMatrix? For(Weight weight)
    {
        if (!weight.HasStoredRows || weight.Parameter.IsVector) return null;
        return weight.Type switch
        {
            ElementType.Q8_0 => Make<ColumnsQ8_0>(weight),
            ElementType.Q4_0 => Make<ColumnsQ4_0>(weight),
            _ => null,
        };
    }

    private static ColumnMatrix Make<TFormat>(Weight weight)
        where TFormat : struct, IColumnFormat
    {
        if (Vector512.IsHardwareAccelerated && Avx512BW.IsSupported) return new ColumnMatrix<Lanes512, Vector512<byte>, TFormat>(weight);
        if (Vector256.IsHardwareAccelerated && Avx2.IsSupported) return new ColumnMatrix<Lanes256, Vector256<byte>, TFormat>(weight);
        if (Vector128.IsHardwareAccelerated) return new ColumnMatrix<Lanes128, Vector128<byte>, TFormat>(weight);
        return new ColumnMatrix<LanesScalar, uint, TFormat>(weight);
    }

    // As few rows of nothing behind the last as possible, and of those the longest strips.
    private static int StripRows(int rows, int unit)
    {
        var (best, bestWaste) = (unit, int.MaxValue);
        for (var strip = unit; strip <= Math.Max(unit, MostRows); strip += unit)
        {
            var waste = (rows + strip - 1) / strip * strip - rows;
            if (waste <= bestWaste) (best, bestWaste) = (strip, waste);
        }

        return best;
    }

    private static long BytesOfStrip(int columns, int rows, int columnsPerByte) => (columns / 32 * (2L * rows + 32L * rows / columnsPerByte) + 63) / 64 * 64;
}

/// <summary>The traversal, over lanes and a format.</summary>
/// <typeparam name="TLanes">The vector arithmetic.</typeparam>
/// <typeparam name="TVector">Its vector.</typeparam>
/// <typeparam name="TFormat">The format.</typeparam>
internal sealed unsafe class ColumnMatrix<TLanes, TVector, TFormat>(Weight weight) : ColumnMatrix(weight.Rows, weight.Columns, 4 * TLanes.Rows * TFormat.Chunks, TFormat.Chunks)
    where TLanes : struct, IColumnLanes<TVector>
    where TVector : unmanaged
    where TFormat : struct, IColumnFormat
{
    // Rows of a vector of columns.
    private static int Step
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 4 * TLanes.Rows * TFormat.Chunks;
    }

    public override bool Pack(ComputePool pool, Weight weight, byte* target)
    {
        Data = target;
        var refused = 0;
        pool.For(Groups, new PackStrips(this, weight, weight.Type.BlockBytes(), &refused));
        GC.KeepAlive(weight.Owner);
        return refused == 0;
    }

    public override void Multiply(int first, int last, Int8Rows x, float* y)
    {
        var sums = stackalloc float[Int8Rows.TileTokens * GroupRows];
        var tables = stackalloc ColumnQuads[2];
        for (int tile = 0, token = 0; token < x.Tokens; tile++, token += Int8Rows.TileTokens)
        {
            var tokens = x.TileLength(tile);
            for (var strip = first; strip < last; strip++)
            {
                new Span<float>(sums, tokens * GroupRows).Clear();
                if (tokens == 1) One(Data + strip * GroupBytes, x.Tile(tile), sums, tables);
                else Many(Data + strip * GroupBytes, x.Tile(tile), tokens, sums, tables);
                var row = strip * GroupRows;
                for (var t = 0; t < tokens; t++) new Span<float>(sums + t * GroupRows, Math.Min(GroupRows, Rows - row)).CopyTo(new Span<float>(y + (long)(token + t) * Rows + row, GroupRows));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public override void AddBlock(int strip, int block, byte* x, float* sums)
    {
        var tables = stackalloc ColumnQuads[2];
        tables[1].Count = 0;
        ColumnQuads.Read(tables, x);
        Block(Data + strip * GroupBytes + (long)block * BlockBytes, x, tables, sums, tables + 1);
    }

    // The columns of the next block are asked for while those of this one are multiplied.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void One(byte* strip, byte* x, float* sums, ColumnQuads* tables)
    {
        var blocks = Columns / 32;
        ColumnQuads.Read(tables, x);
        for (var block = 0; block < blocks; block++, strip += BlockBytes, x += Int8Block.Bytes)
        {
            var next = tables + (block + 1) % 2;
            next->Count = 0;
            if (block + 1 < blocks) ColumnQuads.Read(next, x + Int8Block.Bytes);
            Block(strip, x, tables + block % 2, sums, next);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void Many(byte* strip, byte* x, int tokens, float* sums, ColumnQuads* tables)
    {
        tables[1].Count = 0;
        for (var block = 0; block < Columns / 32; block++, strip += BlockBytes)
        {
            for (var t = 0; t < tokens; t++, x += Int8Block.Bytes)
            {
                ColumnQuads.Read(tables, x);
                Block(strip, x, tables, sums + t * GroupRows, tables + 1);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Block(byte* strip, byte* x, ColumnQuads* quads, float* sums, ColumnQuads* next)
    {
        var columns = strip + 2 * GroupRows;
        var ahead = columns + BlockBytes;
        // A block of zeros adds nothing, unless its scale is no finite number.
        var nothing = quads->Count == 0 && float.IsFinite(*(float*)(x + Int8Block.Scale));
        var products = stackalloc TVector[4 * TFormat.Chunks];
        var xScale = TLanes.Broadcast(x + Int8Block.Scale);
        for (int row = 0, at = 0; row < GroupRows; row += Step, at += 4 * TLanes.Rows)
        {
            if (at % 64 == 0)
            {
                if (next->Count > 0)
                {
                    for (var line = 0; line < 2 * Step; line += 64) TLanes.Prefetch(ahead - 2 * GroupRows + 2 * row + line);
                }

                for (var quad = 0; quad < next->Count; quad++)
                {
                    var asked = ColumnQuads.Columns(next, quad);
                    TLanes.Prefetch(ahead + asked[0] * ColumnBytes + at);
                    TLanes.Prefetch(ahead + asked[1] * ColumnBytes + at);
                    TLanes.Prefetch(ahead + asked[2] * ColumnBytes + at);
                    TLanes.Prefetch(ahead + asked[3] * ColumnBytes + at);
                }
            }

            if (nothing) continue;
            TFormat.Sums<TLanes, TVector>(columns + at, ColumnBytes, quads, x, products);
            for (var i = 0; i < 4 * TFormat.Chunks; i++)
            {
                var place = sums + row + i * TLanes.Rows;
                var scale = TLanes.Multiply(TLanes.Halves(strip + 2 * (row + i * TLanes.Rows)), xScale);
                TLanes.Store(TLanes.Add(TLanes.Load((byte*)place), TLanes.Multiply(TLanes.ToSingle(products[i]), scale)), place);
            }
        }
    }

    private readonly struct PackStrips(ColumnMatrix<TLanes, TVector, TFormat> matrix, Weight weight, int storedBytes, int* refused) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var strip = matrix.Data + part * matrix.GroupBytes;
            new Span<byte>(strip, checked((int)matrix.GroupBytes)).Clear();
            var rows = Math.Min(matrix.GroupRows, matrix.Rows - part * matrix.GroupRows);
            for (var row = 0; row < rows; row++)
            {
                var stored = weight.StoredRow(part * matrix.GroupRows + row);
                var (within, chunk) = (row % Step % (4 * TLanes.Rows), row % Step / (4 * TLanes.Rows));
                var place = row / Step * 4 * TLanes.Rows + TLanes.Place(within);
                for (var block = 0; block < matrix.Columns / 32; block++, stored += storedBytes)
                {
                    var target = strip + (long)block * matrix.BlockBytes;
                    ((ushort*)target)[row] = *(ushort*)stored;
                    if (!PackedScales.IsFinite(stored)) Volatile.Write(ref *refused, 1);
                    TFormat.Pack(stored, target + 2 * matrix.GroupRows + place, matrix.ColumnBytes, chunk);
                }
            }
        }
    }
}
