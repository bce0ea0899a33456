using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pare.Formats;
using Pare.Formats.Sparse;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>A weight matrix in the packed layout: groups of as many rows as a vector has lanes, interleaved by four columns. The format is chosen once per matrix.</summary>
internal abstract unsafe class PackedMatrix
{
    private protected PackedMatrix(int rows, int columns, int groupRows, long groupBytes)
    {
        Rows = rows;
        Columns = columns;
        GroupRows = groupRows;
        GroupBytes = groupBytes;
    }

    /// <summary>The weights as <see cref="Pack"/> laid them down, aligned to 64.</summary>
    public byte* Data { get; set; }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Rows of a group; the last group is filled up with zeros.</summary>
    public int GroupRows { get; }

    public int Groups => (Rows + GroupRows - 1) / GroupRows;

    /// <summary>Bytes of a group, a multiple of 64.</summary>
    public long GroupBytes { get; }

    /// <summary>Bytes of the matrix.</summary>
    public long ByteLength => GroupBytes * Groups;

    /// <summary>Lays a weight down in the layout.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="weight">The weight.</param>
    /// <param name="target"><see cref="ByteLength"/> bytes, aligned to 64; they have to outlive the matrix.</param>
    /// <returns>Whether it could be: a scale that is no finite number is left to the float kernels.</returns>
    public abstract bool Pack(ComputePool pool, Weight weight, byte* target);

    /// <summary>A matrix of the same shape, whose <see cref="Data"/> can lie elsewhere.</summary>
    public PackedMatrix Twin() => (PackedMatrix)MemberwiseClone();

    /// <summary>y[t, row] = Σ_c W[row, c] · x[t, c] for the rows of groups from first to last − 1 and all tokens.</summary>
    /// <param name="first">First group.</param>
    /// <param name="last">Behind the last group.</param>
    /// <param name="x">[tokens, columns].</param>
    /// <param name="y">[tokens, rows].</param>
    public abstract void Multiply(int first, int last, Int8Rows x, float* y);

    /// <summary>The same as <see cref="Multiply"/> for one token and some groups; what is asked for ahead is of those groups.</summary>
    /// <param name="groups">Groups in ascending order.</param>
    /// <param name="first">First place in the list.</param>
    /// <param name="last">Behind the last place.</param>
    /// <param name="count">Length of the list.</param>
    /// <param name="x">[1, columns].</param>
    /// <param name="y">[rows].</param>
    public virtual void MultiplyGroups(int* groups, int first, int last, int count, Int8Rows x, float* y)
    {
        for (var i = first; i < last; i++) Multiply(groups[i], groups[i] + 1, x, y);
    }

    /// <summary>A matrix for a weight, not filled yet; null where the format or the shape has no packed layout.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="eights">Whether groups are to have 8 rows at most, however long vectors are.</param>
    public static PackedMatrix? For(Weight weight, bool eights = false)
    {
        if (!weight.HasStoredRows || weight.Parameter.IsVector) return null;
        return weight.Type switch
        {
            ElementType.Q8_0 => Make<PackedQ8_0>(weight, eights),
            ElementType.Q5_0 => Make<PackedQ5_0>(weight, eights),
            ElementType.Q4_0 => Make<PackedQ4_0>(weight, eights),
            ElementType.Q4_1 => Make<PackedQ4_1>(weight, eights),
            ElementType.Q4_K => Make<PackedQ4_K>(weight, eights),
            ElementType.Q6_K => Make<PackedQ6_K>(weight, eights),
            _ => SparseFormat.IsSparse(weight.Type) ? SparseMatrix.For(weight) : null,
        };
    }

    private static PackedMatrix Make<TFormat>(Weight weight, bool eights)
        where TFormat : struct, IPackedFormat
    {
        if (!eights && Vector512.IsHardwareAccelerated && Avx512BW.IsSupported) return new PackedMatrix<Lanes512, Vector512<byte>, TFormat>(weight);
        if (Vector256.IsHardwareAccelerated && Avx2.IsSupported) return new PackedMatrix<Lanes256, Vector256<byte>, TFormat>(weight);
        if (Vector128.IsHardwareAccelerated) return new PackedMatrix<Lanes128, Vector128<byte>, TFormat>(weight);
        return new PackedMatrix<LanesScalar, uint, TFormat>(weight);
    }
}

/// <summary>The traversal, over lanes and a format.</summary>
/// <typeparam name="TLanes">The vector arithmetic.</typeparam>
/// <typeparam name="TVector">Its vector.</typeparam>
/// <typeparam name="TFormat">The format.</typeparam>
internal sealed unsafe class PackedMatrix<TLanes, TVector, TFormat>(Weight weight) : PackedMatrix(weight.Rows, weight.Columns, TLanes.Rows, BytesOfGroup(weight.Columns))
    where TLanes : struct, ILanes<TVector>
    where TVector : unmanaged
    where TFormat : struct, IPackedFormat
{
    private static int UnitScaleBytes => (PackedKernel<TLanes, TVector, TFormat>.UnitBytes + TFormat.BlockBytes * TFormat.BlocksPerUnit) * TLanes.Rows;

    private long QuantBytes => (long)Columns / 32 * TFormat.QuantBytes * TLanes.Rows;

    public override bool Pack(ComputePool pool, Weight weight, byte* target)
    {
        Data = target;
        var refused = 0;
        pool.For(Groups, new PackGroups(this, weight, weight.Type.BlockBytes(), &refused));
        GC.KeepAlive(weight.Owner);
        return refused == 0;
    }

    public override void Multiply(int first, int last, Int8Rows x, float* y)
    {
        var sums = stackalloc TVector[Int8Rows.TileTokens];
        var blocks = Columns / 32;
        for (int tile = 0, token = 0; token < x.Tokens; tile++, token += Int8Rows.TileTokens)
        {
            var tokens = x.TileLength(tile);
            for (var group = first; group < last; group++)
            {
                var quants = Data + group * GroupBytes;
                if (tokens == 1) sums[0] = PackedKernel<TLanes, TVector, TFormat>.One(quants, quants + QuantBytes, x.Tile(tile), blocks, PackedKernel<TLanes, TVector, TFormat>.Ahead);
                else PackedKernel<TLanes, TVector, TFormat>.Many(quants, quants + QuantBytes, x.Tile(tile), blocks, tokens, sums);
                var row = group * TLanes.Rows;
                for (var t = 0; t < tokens; t++) Store(sums[t], y + (long)(token + t) * Rows + row, Rows - row);
            }
        }
    }

    public override void MultiplyGroups(int* groups, int first, int last, int count, Int8Rows x, float* y)
    {
        // As many groups ahead as a dense product asks bytes ahead.
        var distance = (int)Math.Max(1, PackedKernel<TLanes, TVector, TFormat>.Ahead / GroupBytes);
        for (var i = first; i < last; i++)
        {
            var quants = Data + groups[i] * GroupBytes;
            var ahead = (groups[Math.Min(i + distance, count - 1)] - groups[i]) * GroupBytes;
            var row = groups[i] * TLanes.Rows;
            Store(PackedKernel<TLanes, TVector, TFormat>.One(quants, quants + QuantBytes, x.Tile(0), Columns / 32, ahead), y + row, Rows - row);
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

    private static long BytesOfGroup(int columns)
    {
        long units = columns / 32 / TFormat.BlocksPerUnit;
        return (units * (TFormat.BlocksPerUnit * TFormat.QuantBytes * TLanes.Rows + UnitScaleBytes) + 63) / 64 * 64;
    }

    private readonly struct PackGroups(PackedMatrix<TLanes, TVector, TFormat> matrix, Weight weight, int unitBytes, int* refused) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var quants = matrix.Data + part * matrix.GroupBytes;
            var scales = quants + matrix.QuantBytes;
            var rows = Math.Min(TLanes.Rows, matrix.Rows - part * TLanes.Rows);
            if (rows < TLanes.Rows) new Span<byte>(quants, (int)matrix.GroupBytes).Clear();
            var units = matrix.Columns / 32 / TFormat.BlocksPerUnit;
            for (var row = 0; row < rows; row++)
            {
                var stored = weight.StoredRow(part * TLanes.Rows + row);
                for (var unit = 0; unit < units; unit++)
                {
                    var place = quants + (long)unit * TFormat.BlocksPerUnit * TFormat.QuantBytes * TLanes.Rows;
                    if (!TFormat.Pack(stored + (long)unit * unitBytes, row, TLanes.Rows, place, scales + (long)unit * UnitScaleBytes)) Volatile.Write(ref *refused, 1);
                }
            }
        }
    }
}
