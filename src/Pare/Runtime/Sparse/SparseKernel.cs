using System.Runtime.CompilerServices;

namespace Pare.Runtime;

/// <summary>Products of one part of a group of rows with the tokens of a tile.</summary>
/// <remarks>
/// Σ over blocks of 32 columns in ascending order of ToSingle(Σ s Σ q x) · x scale.
/// Integers exact, each float operation rounded once to float32, none fused: the same bits for every vector length and any number of tokens.
/// A unit in memory: its two halves, what they share, the scales of one half and of the other.
/// </remarks>
internal static unsafe class SparseKernel<TLanes, TVector, TPart>
    where TLanes : struct, ISparseLanes<TVector>
    where TVector : unmanaged
    where TPart : struct, ISparsePart
{
    // As in the kernel of dense formats.
    private const int Ahead = 16384;

    /// <summary>Where the scales begin in a unit.</summary>
    // Inlined, as the one below: a call in the loop would keep every vector in memory.
    public static int ScalesPlace
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (2 * TPart.HalfBytes + TPart.SharedBytes) * TLanes.Rows;
    }

    /// <summary>Bytes of a unit of a group.</summary>
    public static int UnitBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ScalesPlace + 4 * TLanes.Rows;
    }

    /// <summary>One token.</summary>
    /// <param name="unit">The group's first unit.</param>
    /// <param name="x">The token's blocks, one after another.</param>
    /// <param name="units">Units of a row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static TVector One(byte* unit, byte* x, int units)
    {
        var sum = default(TVector);
        for (; units > 0; units--, unit += UnitBytes)
        {
            for (var i = 0; i < UnitBytes; i += 64) TLanes.Prefetch(unit + Ahead + i);
            for (var half = 0; half < 2; half++, x += Int8Block.Bytes)
            {
                var scales = TLanes.ScalePairs(unit + ScalesPlace + half * 2 * TLanes.Rows);
                TPart.Unpack<TLanes, TVector>(unit + half * TPart.HalfBytes * TLanes.Rows, unit + 2 * TPart.HalfBytes * TLanes.Rows, half,
                    out var w0, out var w1, out var w2, out var w3, out var w4, out var w5, out var w6, out var w7);
                sum = Accumulate(sum, x, scales, w0, w1, w2, w3, w4, w5, w6, w7);
            }
        }

        return sum;
    }

    /// <summary>The tokens of a tile: every weight is unpacked once for all.</summary>
    /// <param name="unit">The group's first unit.</param>
    /// <param name="x">The tile, [blocks, tokens].</param>
    /// <param name="units">Units of a row.</param>
    /// <param name="tokens">Tokens of the tile.</param>
    /// <param name="sums">[tokens] results.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Many(byte* unit, byte* x, int units, int tokens, TVector* sums)
    {
        for (var t = 0; t < tokens; t++) sums[t] = default;
        for (; units > 0; units--, unit += UnitBytes)
        {
            for (var i = 0; i < UnitBytes; i += 64) TLanes.Prefetch(unit + Ahead + i);
            for (var half = 0; half < 2; half++)
            {
                var scales = TLanes.ScalePairs(unit + ScalesPlace + half * 2 * TLanes.Rows);
                TPart.Unpack<TLanes, TVector>(unit + half * TPart.HalfBytes * TLanes.Rows, unit + 2 * TPart.HalfBytes * TLanes.Rows, half,
                    out var w0, out var w1, out var w2, out var w3, out var w4, out var w5, out var w6, out var w7);
                for (var t = 0; t < tokens; t++, x += Int8Block.Bytes) sums[t] = Accumulate(sums[t], x, scales, w0, w1, w2, w3, w4, w5, w6, w7);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Accumulate(TVector sum, byte* x, TVector scales, TVector w0, TVector w1, TVector w2, TVector w3, TVector w4, TVector w5, TVector w6, TVector w7) =>
        TLanes.Add(sum, TLanes.Multiply(TLanes.ToSingle(TPart.Sums<TLanes, TVector>(x, scales, w0, w1, w2, w3, w4, w5, w6, w7)), TLanes.Broadcast(x + Int8Block.Scale)));
}
