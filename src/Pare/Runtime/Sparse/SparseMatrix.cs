using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pare.Formats.Numbers;
using Pare.Formats.Sparse;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Chooses how a weight in a sparse format lies in memory.</summary>
internal static class SparseMatrix
{
    /// <summary>Columns of a unit.</summary>
    public const int Unit = 64;

    /// <summary>A matrix for a weight, not filled yet; null where units do not divide its rows or the kernels do not know its numbers (E4M3; outliers of fewer than 8 bits).</summary>
    public static PackedMatrix? For(Weight weight)
    {
        var format = SparseFormat.Of(weight.Type);
        if (weight.Columns % Unit != 0 || (format.Outliers is { } outliers && outliers.Numbers != NumberFormat.Int8)) return null;
        var inliers = format.Inliers;
        // At most two numbers in every aligned four columns.
        var isTwoOfFour = inliers.Kept <= 2 && format.Block % 4 == 0 || inliers.Kept == 1 && format.Block == 2;
        return inliers.Numbers switch
        {
            NumberFormat.Int8 => isTwoOfFour ? First<BytesTwoOfFour>(weight, format) : First<BytesOfAll>(weight, format),
            NumberFormat.Fp4 => isTwoOfFour ? First<NibblesTwoOfFour<Fp4Table>>(weight, format) : First<NibblesOfAll<Fp4Table>>(weight, format),
            NumberFormat.Fp8 => null,
            _ => isTwoOfFour ? First<NibblesTwoOfFour<Int4Table>>(weight, format) : First<NibblesOfAll<Int4Table>>(weight, format),
        };
    }

    private static PackedMatrix First<TFirst>(Weight weight, SparseFormat format)
        where TFirst : struct, ISparsePart
    {
        if (format.Outliers is not { Kept: var kept }) return Both<TFirst, NoPart>(weight);
        if (kept == 1 && format.Block % 8 == 0) return Both<TFirst, BytesOneOfEight>(weight);
        // Blocks of 4, 8 or 16 fill 16 columns.
        if (16 % format.Block == 0 && 16 / format.Block * kept <= 4) return Both<TFirst, BytesFourOfSixteen>(weight);
        return Both<TFirst, BytesOfAll>(weight);
    }

    private static PackedMatrix Both<TFirst, TSecond>(Weight weight)
        where TFirst : struct, ISparsePart
        where TSecond : struct, ISparsePart
    {
        if (Vector512.IsHardwareAccelerated && Avx512BW.IsSupported) return new SparseMatrix<Lanes512, Vector512<byte>, TFirst, TSecond>(weight);
        if (Vector256.IsHardwareAccelerated && Avx2.IsSupported) return new SparseMatrix<Lanes256, Vector256<byte>, TFirst, TSecond>(weight);
        if (Vector128.IsHardwareAccelerated) return new SparseMatrix<Lanes128, Vector128<byte>, TFirst, TSecond>(weight);
        return new SparseMatrix<LanesScalar, uint, TFirst, TSecond>(weight);
    }
}

/// <summary>The traversal, over lanes and the parts' layouts.</summary>
/// <typeparam name="TLanes">The vector arithmetic.</typeparam>
/// <typeparam name="TVector">Its vector.</typeparam>
/// <typeparam name="TFirst">Layout of the inliers.</typeparam>
/// <typeparam name="TSecond">Layout of the outliers, or <see cref="NoPart"/>.</typeparam>
internal sealed unsafe class SparseMatrix<TLanes, TVector, TFirst, TSecond>(Weight weight)
    : PackedMatrix(weight.Rows, weight.Columns, TLanes.Rows, BytesOfGroup(weight.Columns))
    where TLanes : struct, ISparseLanes<TVector>
    where TVector : unmanaged
    where TFirst : struct, ISparsePart
    where TSecond : struct, ISparsePart
{
    private byte* _data;

    private int Units => Columns / SparseMatrix.Unit;

    public override bool Pack(ComputePool pool, Weight weight, byte* target)
    {
        _data = target;
        var refused = 0;
        pool.For(Groups, new PackGroups(this, weight, &refused));
        GC.KeepAlive(weight.Owner);
        return refused == 0;
    }

    public override void Multiply(int first, int last, Int8Rows x, float* y)
    {
        var sums = stackalloc TVector[Int8Rows.TileTokens];
        var seconds = stackalloc TVector[Int8Rows.TileTokens];
        for (int tile = 0, token = 0; token < x.Tokens; tile++, token += Int8Rows.TileTokens)
        {
            var tokens = x.TileLength(tile);
            for (var group = first; group < last; group++)
            {
                var unit = _data + group * GroupBytes;
                if (tokens == 1) sums[0] = SparseKernel<TLanes, TVector, TFirst, TSecond>.One(unit, x.Tile(tile), Units);
                else SparseKernel<TLanes, TVector, TFirst, TSecond>.Many(unit, x.Tile(tile), Units, tokens, sums, seconds);
                var row = group * TLanes.Rows;
                for (var t = 0; t < tokens; t++) Store(sums[t], y + (long)(token + t) * Rows + row, Rows - row);
            }
        }
    }

    private static void Store(TVector sums, float* y, int rows)
    {
        if (rows >= TLanes.Rows)
        {
            TLanes.Store(sums, y);
            return;
        }

        for (var i = 0; i < rows; i++) y[i] = ((float*)&sums)[i];
    }

    private static long BytesOfGroup(int columns) =>
        ((long)columns / SparseMatrix.Unit * SparseKernel<TLanes, TVector, TFirst, TSecond>.UnitBytes + (TSecond.Exists ? 8 : 4) * TLanes.Rows + 63) / 64 * 64;

    private readonly struct PackGroups(SparseMatrix<TLanes, TVector, TFirst, TSecond> matrix, Weight weight, int* refused) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var group = matrix._data + part * matrix.GroupBytes;
            new Span<byte>(group, checked((int)matrix.GroupBytes)).Clear();
            var rows = Math.Min(TLanes.Rows, matrix.Rows - part * TLanes.Rows);
            var reader = new SparseRowReader(weight);
            for (var lane = 0; lane < rows; lane++)
            {
                reader.Read(part * TLanes.Rows + lane);
                var isKnown = Lay<TFirst>(reader, 0, lane, group, 0, 0);
                if (TSecond.Exists) isKnown &= Lay<TSecond>(reader, 1, lane, group, SparseKernel<TLanes, TVector, TFirst, TSecond>.SecondPlace, 4 * TLanes.Rows);
                if (!isKnown) Volatile.Write(ref *refused, 1);
            }
        }

        private bool Lay<TPart>(SparseRowReader reader, int part, int lane, byte* group, int place, int scalePlace)
            where TPart : struct, ISparsePart
        {
            var numbers = reader.Part(part);
            var unitBytes = SparseKernel<TLanes, TVector, TFirst, TSecond>.UnitBytes;
            var scales = SparseKernel<TLanes, TVector, TFirst, TSecond>.ScalesPlace + scalePlace;
            for (var unit = 0; unit < matrix.Units; unit++)
            {
                var target = group + (long)unit * unitBytes;
                TPart.Pack(numbers.Codes.AsSpan(unit * SparseMatrix.Unit, SparseMatrix.Unit), numbers.Marks.AsSpan(unit * SparseMatrix.Unit, SparseMatrix.Unit), lane, TLanes.Rows, target + place);
                for (var i = 0; i < 4; i++) target[scales + i / 2 * 2 * TLanes.Rows + 2 * lane + i % 2] = numbers.Scales[4 * unit + i];
            }

            ((float*)(group + (long)matrix.Units * unitBytes))[part * TLanes.Rows + lane] = numbers.Second * TPart.Step;
            return numbers.IsKnown;
        }
    }
}
