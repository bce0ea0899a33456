using System.Runtime.CompilerServices;

namespace Pare.Runtime;

/// <summary>Products of one group of rows of a sparse matrix with the tokens of a tile.</summary>
/// <remarks>
/// For each part Σ over blocks of 32 columns in ascending order of ToSingle(Σ s Σ q x) · x scale; the parts' sums times their γ are added.
/// Integers exact, each float operation rounded once to float32, none fused: the same bits for every vector length and any number of tokens.
/// A unit in memory: numbers and places of the first part, of the second; scales of the first part's halves, of the second's.
/// </remarks>
internal static unsafe class SparseKernel<TLanes, TVector, TFirst, TSecond>
    where TLanes : struct, ISparseLanes<TVector>
    where TVector : unmanaged
    where TFirst : struct, ISparsePart
    where TSecond : struct, ISparsePart
{
    // As in the kernel of dense formats.
    private const int Ahead = 16384;

    /// <summary>Bytes of scales that a part has in a unit of a row.</summary>
    public const int ScaleBytes = 4;

    /// <summary>Bytes of a unit of a group.</summary>
    public static int UnitBytes => (TFirst.UnitBytes + TSecond.UnitBytes + ScaleBytes + (TSecond.Exists ? ScaleBytes : 0)) * TLanes.Rows;

    /// <summary>Where the second part's numbers begin in a unit.</summary>
    public static int SecondPlace => TFirst.UnitBytes * TLanes.Rows;

    /// <summary>Where the scales begin in a unit.</summary>
    public static int ScalesPlace => SecondPlace + TSecond.UnitBytes * TLanes.Rows;

    /// <summary>One token.</summary>
    /// <param name="unit">The group's first unit; behind the last one lie the parts' γ.</param>
    /// <param name="x">The token's blocks, one after another.</param>
    /// <param name="units">Units of a row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static TVector One(byte* unit, byte* x, int units)
    {
        var first = default(TVector);
        var second = default(TVector);
        for (; units > 0; units--, unit += UnitBytes, x += 2 * Int8Block.Bytes)
        {
            Prefetch(unit + Ahead);
            TFirst.Unpack<TLanes, TVector>(unit, 0, out var w0, out var w1, out var w2, out var w3, out var w4, out var w5, out var w6, out var w7);
            first = Accumulate<TFirst>(first, x, TLanes.ScalePairs(unit + ScalesPlace), w0, w1, w2, w3, w4, w5, w6, w7);
            TFirst.Unpack<TLanes, TVector>(unit, 1, out w0, out w1, out w2, out w3, out w4, out w5, out w6, out w7);
            first = Accumulate<TFirst>(first, x + Int8Block.Bytes, TLanes.ScalePairs(unit + ScalesPlace + 2 * TLanes.Rows), w0, w1, w2, w3, w4, w5, w6, w7);
            if (!TSecond.Exists) continue;
            TSecond.Unpack<TLanes, TVector>(unit + SecondPlace, 0, out w0, out w1, out w2, out w3, out w4, out w5, out w6, out w7);
            second = Accumulate<TSecond>(second, x, TLanes.ScalePairs(unit + ScalesPlace + 4 * TLanes.Rows), w0, w1, w2, w3, w4, w5, w6, w7);
            TSecond.Unpack<TLanes, TVector>(unit + SecondPlace, 1, out w0, out w1, out w2, out w3, out w4, out w5, out w6, out w7);
            second = Accumulate<TSecond>(second, x + Int8Block.Bytes, TLanes.ScalePairs(unit + ScalesPlace + 6 * TLanes.Rows), w0, w1, w2, w3, w4, w5, w6, w7);
        }

        return Finish(unit, first, second);
    }

    /// <summary>The tokens of a tile: every weight is unpacked once for all.</summary>
    /// <param name="unit">The group's first unit; behind the last one lie the parts' γ.</param>
    /// <param name="x">The tile, [blocks, tokens].</param>
    /// <param name="units">Units of a row.</param>
    /// <param name="tokens">Tokens of the tile.</param>
    /// <param name="sums">[tokens] results.</param>
    /// <param name="seconds">[tokens] room.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Many(byte* unit, byte* x, int units, int tokens, TVector* sums, TVector* seconds)
    {
        new Span<TVector>(sums, tokens).Clear();
        new Span<TVector>(seconds, tokens).Clear();
        var step = tokens * Int8Block.Bytes;
        for (; units > 0; units--, unit += UnitBytes, x += 2 * step)
        {
            Prefetch(unit + Ahead);
            Half<TFirst>(unit, 0, unit + ScalesPlace, x, tokens, sums);
            Half<TFirst>(unit, 1, unit + ScalesPlace + 2 * TLanes.Rows, x + step, tokens, sums);
            if (!TSecond.Exists) continue;
            Half<TSecond>(unit + SecondPlace, 0, unit + ScalesPlace + 4 * TLanes.Rows, x, tokens, seconds);
            Half<TSecond>(unit + SecondPlace, 1, unit + ScalesPlace + 6 * TLanes.Rows, x + step, tokens, seconds);
        }

        for (var t = 0; t < tokens; t++) sums[t] = Finish(unit, sums[t], seconds[t]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Half<TPart>(byte* numbers, int half, byte* scales, byte* x, int tokens, TVector* sums)
        where TPart : struct, ISparsePart
    {
        var pairs = TLanes.ScalePairs(scales);
        TPart.Unpack<TLanes, TVector>(numbers, half, out var w0, out var w1, out var w2, out var w3, out var w4, out var w5, out var w6, out var w7);
        for (var t = 0; t < tokens; t++, x += Int8Block.Bytes) sums[t] = Accumulate<TPart>(sums[t], x, pairs, w0, w1, w2, w3, w4, w5, w6, w7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Accumulate<TPart>(TVector sum, byte* x, TVector scales, TVector w0, TVector w1, TVector w2, TVector w3, TVector w4, TVector w5, TVector w6, TVector w7)
        where TPart : struct, ISparsePart =>
        TLanes.Add(sum, TLanes.Multiply(TLanes.ToSingle(TPart.Sums<TLanes, TVector>(x, scales, w0, w1, w2, w3, w4, w5, w6, w7)), TLanes.Broadcast(x + Int8Block.Scale)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Finish(byte* rowScales, TVector first, TVector second)
    {
        first = TLanes.Multiply(first, TLanes.Load(rowScales));
        return TSecond.Exists ? TLanes.Add(first, TLanes.Multiply(second, TLanes.Load(rowScales + 4 * TLanes.Rows))) : first;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* address)
    {
        for (var i = 0; i < UnitBytes; i += 64) TLanes.Prefetch(address + i);
    }
}
