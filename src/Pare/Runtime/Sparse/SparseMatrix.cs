using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pare.Formats.Numbers;
using Pare.Formats.Sparse;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>A weight in a sparse format in memory: groups of as many rows as a vector has lanes, each the planes of its parts. The layouts are chosen once per matrix.</summary>
/// <remarks>y = γ · Σ of the inliers, and γ · Σ of the outliers added to it (<see cref="SparseKernel{TLanes, TVector, TPart}"/>).</remarks>
internal sealed unsafe class SparseMatrix : PackedMatrix
{
    /// <summary>Columns of a unit.</summary>
    public const int Unit = 64;

    private readonly SparsePlane _inliers;
    private readonly SparsePlane? _outliers;

    /// <summary>Binds a weight to the planes of its parts.</summary>
    public SparseMatrix(Weight weight, SparsePlane inliers, SparsePlane? outliers)
        : base(weight.Rows, weight.Columns, inliers.GroupRows, BytesOfGroup(weight.Columns / Unit, inliers, outliers)) => (_inliers, _outliers) = (inliers, outliers);

    /// <summary>A matrix for a weight, not filled yet; null where units do not divide its rows or the kernels do not know its numbers (E4M3; outliers of fewer than 8 bits).</summary>
    public static SparseMatrix? For(Weight weight)
    {
        if (Vector512.IsHardwareAccelerated && Avx512BW.IsSupported) return Create<Lanes512, Vector512<byte>>(weight);
        if (Vector256.IsHardwareAccelerated && Avx2.IsSupported) return Create<Lanes256, Vector256<byte>>(weight);
        return Vector128.IsHardwareAccelerated ? Create<Lanes128, Vector128<byte>>(weight) : Create<LanesScalar, uint>(weight);
    }

    /// <summary>The same for one kind of vector.</summary>
    public static SparseMatrix? Create<TLanes, TVector>(Weight weight)
        where TLanes : struct, ISparseLanes<TVector>
        where TVector : unmanaged
    {
        var format = SparseFormat.Of(weight.Type);
        if (weight.Columns % Unit != 0 || (format.Outliers is { } other && other.Numbers != NumberFormat.Int8)) return null;
        var (inliers, block) = (format.Inliers, format.Block);
        // At most two numbers in every aligned four columns.
        var isTwoOfFour = inliers.Kept <= 2 && block % 4 == 0 || inliers.Kept == 1 && block == 2;
        SparsePlane? first = inliers.Numbers switch
        {
            NumberFormat.Int8 => isTwoOfFour ? new SparsePlane<TLanes, TVector, BytesTwoOfFour>() : new SparsePlane<TLanes, TVector, BytesOfAll>(),
            NumberFormat.Fp4 => isTwoOfFour ? new SparsePlane<TLanes, TVector, NibblesTwoOfFour<Fp4Table>>() : new SparsePlane<TLanes, TVector, NibblesOfAll<Fp4Table>>(),
            NumberFormat.Fp8 => null,
            _ => isTwoOfFour ? new SparsePlane<TLanes, TVector, NibblesTwoOfFour<Int4Table>>() : new SparsePlane<TLanes, TVector, NibblesOfAll<Int4Table>>(),
        };
        SparsePlane? second = format.Outliers switch
        {
            null => null,
            { Kept: 1 } when block % 8 == 0 => new SparsePlane<TLanes, TVector, BytesOneOfEight>(),
            { Kept: var kept } when 16 % block == 0 && 16 / block * kept <= 4 => new SparsePlane<TLanes, TVector, BytesFourOfSixteen>(),
            _ => new SparsePlane<TLanes, TVector, BytesOfAll>(),
        };
        return first is null ? null : new SparseMatrix(weight, first, second);
    }

    public override bool Pack(ComputePool pool, Weight weight, byte* target)
    {
        Data = target;
        var refused = 0;
        pool.For(Groups, new PackGroups(this, weight, &refused));
        GC.KeepAlive(weight.Owner);
        return refused == 0;
    }

    public override void Multiply(int first, int last, Int8Rows x, float* y)
    {
        var units = Columns / Unit;
        for (int tile = 0, token = 0; token < x.Tokens; tile++, token += Int8Rows.TileTokens)
        {
            var tokens = x.TileLength(tile);
            for (var group = first; group < last; group++)
            {
                var row = group * GroupRows;
                var data = Data + group * GroupBytes;
                var results = y + (long)token * Rows + row;
                _inliers.Multiply(data, x.Tile(tile), units, tokens, add: false, results, Rows, Rows - row);
                _outliers?.Multiply(data + _inliers.GroupBytes(units), x.Tile(tile), units, tokens, add: true, results, Rows, Rows - row);
            }
        }
    }

    private static long BytesOfGroup(int units, SparsePlane inliers, SparsePlane? outliers) => (inliers.GroupBytes(units) + (outliers?.GroupBytes(units) ?? 0) + 63) / 64 * 64;

    private readonly struct PackGroups(SparseMatrix matrix, Weight weight, int* refused) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var group = matrix.Data + part * matrix.GroupBytes;
            new Span<byte>(group, checked((int)matrix.GroupBytes)).Clear();
            var outliers = group + matrix._inliers.GroupBytes(matrix.Columns / Unit);
            var rows = Math.Min(matrix.GroupRows, matrix.Rows - part * matrix.GroupRows);
            var reader = new SparseRowReader(weight);
            for (var lane = 0; lane < rows; lane++)
            {
                reader.Read(part * matrix.GroupRows + lane);
                matrix._inliers.Pack(reader.Part(0), lane, group);
                matrix._outliers?.Pack(reader.Part(1), lane, outliers);
                if (!reader.IsKnown) Volatile.Write(ref *refused, 1);
            }
        }
    }
}
