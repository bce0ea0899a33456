using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>One part of a sparse matrix in memory, its layout and vector length erased: for every group of rows the units, and γ of each row behind them.</summary>
internal abstract unsafe class SparsePlane
{
    /// <summary>Rows of a group.</summary>
    public abstract int GroupRows { get; }

    /// <summary>Bytes of a group whose rows have so many units, a multiple of 4.</summary>
    public abstract long GroupBytes(int units);

    /// <summary>Lays a row down.</summary>
    /// <param name="row">The part's numbers; whole units.</param>
    /// <param name="lane">Lane of the row.</param>
    /// <param name="group">The group, cleared.</param>
    public abstract void Pack(SparseRowReader.Numbers row, int lane, byte* group);

    /// <summary>y[t, lane] = or += the products of a group with a tile of tokens.</summary>
    /// <param name="group">The group.</param>
    /// <param name="x">The tile, [blocks, tokens].</param>
    /// <param name="units">Units of a row.</param>
    /// <param name="tokens">Tokens of the tile.</param>
    /// <param name="add">Whether to add to what is there.</param>
    /// <param name="y">The group's first result of the first token.</param>
    /// <param name="stride">Results from token to token.</param>
    /// <param name="rows">Rows of the group that exist.</param>
    public abstract void Multiply(byte* group, byte* x, int units, int tokens, bool add, float* y, int stride, int rows);
}

/// <summary>The plane of a layout over a vector.</summary>
/// <typeparam name="TLanes">The vector arithmetic.</typeparam>
/// <typeparam name="TVector">Its vector.</typeparam>
/// <typeparam name="TPart">The layout.</typeparam>
internal sealed unsafe class SparsePlane<TLanes, TVector, TPart> : SparsePlane
    where TLanes : struct, ISparseLanes<TVector>
    where TVector : unmanaged
    where TPart : struct, ISparsePart
{
    public override int GroupRows => TLanes.Rows;

    private static int UnitBytes => SparseKernel<TLanes, TVector, TPart>.UnitBytes;

    public override long GroupBytes(int units) => (long)units * UnitBytes + sizeof(float) * TLanes.Rows;

    public override void Pack(SparseRowReader.Numbers row, int lane, byte* group)
    {
        var units = row.Codes.Length / SparseMatrix.Unit;
        for (var unit = 0; unit < units; unit++, group += UnitBytes)
        {
            var columns = unit * SparseMatrix.Unit;
            TPart.Pack(row.Codes.AsSpan(columns, SparseMatrix.Unit), row.Marks.AsSpan(columns, SparseMatrix.Unit), lane, TLanes.Rows, group);
            var scales = group + SparseKernel<TLanes, TVector, TPart>.ScalesPlace + 2 * lane;
            for (var i = 0; i < 4; i++) scales[i / 2 * 2 * TLanes.Rows + i % 2] = row.Scales[4 * unit + i];
        }

        ((float*)group)[lane] = row.Second * TPart.Step;
    }

    public override void Multiply(byte* group, byte* x, int units, int tokens, bool add, float* y, int stride, int rows)
    {
        var sums = stackalloc TVector[Int8Rows.TileTokens];
        if (tokens == 1) sums[0] = SparseKernel<TLanes, TVector, TPart>.One(group, x, units);
        else SparseKernel<TLanes, TVector, TPart>.Many(group, x, units, tokens, sums);
        var seconds = TLanes.Load(group + (long)units * UnitBytes);
        for (var t = 0; t < tokens; t++, y += stride)
        {
            var sum = TLanes.Multiply(sums[t], seconds);
            if (rows >= TLanes.Rows)
            {
                TLanes.Store(add ? TLanes.Add(TLanes.Load((byte*)y), sum) : sum, y);
                continue;
            }

            for (var i = 0; i < rows; i++) y[i] = add ? y[i] + ((float*)&sum)[i] : ((float*)&sum)[i];
        }
    }
}
