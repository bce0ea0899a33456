using System.Runtime.CompilerServices;

namespace Pare.Runtime;

/// <summary>Products of one group of rows with the tokens of a tile.</summary>
/// <remarks>
/// y = Σ over blocks in ascending order of ToSingle(Σ q x) · (scale · x scale), and then + minimum · (x scale · Σ x) where the format has minima;
/// integers exact, each float operation rounded once to float32, none fused: the same bits for every vector length and any number of tokens.
/// </remarks>
// Compiled in full at once: in a first, quick version every vector operation is a call through memory, and the first prompt would be made of them.
internal static unsafe class PackedKernel<TLanes, TVector, TFormat>
    where TLanes : struct, ILanes<TVector>
    where TVector : unmanaged
    where TFormat : struct, IPackedFormat
{
    // Bytes ahead of the block at work that are asked for, into the second-level cache: there many more lines may be under way than the first level keeps track of.
    public const int Ahead = 16384;

    /// <summary>Bytes of a unit's own scales in a row: F16, with a minimum beside the scale where the format has minima.</summary>
    // Inlined, since one call in the loop would keep every vector in memory.
    public static int UnitBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TFormat.HasMinimum ? 4 : 2;
    }

    /// <summary>One token.</summary>
    /// <param name="quants">The group's quants.</param>
    /// <param name="scales">The group's scales.</param>
    /// <param name="x">The token's blocks, one after another.</param>
    /// <param name="blocks">Blocks of a row.</param>
    /// <param name="ahead">Distance of what is asked for.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static TVector One(byte* quants, byte* scales, byte* x, int blocks, long ahead)
    {
        var sum = default(TVector);
        for (var unit = 0; unit < blocks; unit += TFormat.BlocksPerUnit)
        {
            Unit(scales, out var unitScale, out var unitMinimum);
            TLanes.Prefetch(scales + ahead);
            scales += UnitBytes * TLanes.Rows;
            for (var block = 0; block < TFormat.BlocksPerUnit; block++)
            {
                PrefetchBlock(quants + ahead);
                var scale = unitScale;
                var minimum = unitMinimum;
                TFormat.Block<TLanes, TVector>(scales, ref scale, ref minimum);
                TFormat.Unpack<TLanes, TVector>(quants, out var w0, out var w1, out var w2, out var w3, out var w4, out var w5, out var w6, out var w7);
                sum = Accumulate(sum, x, scales, scale, minimum, w0, w1, w2, w3, w4, w5, w6, w7);
                quants += TFormat.QuantBytes * TLanes.Rows;
                scales += TFormat.BlockBytes * TLanes.Rows;
                x += Int8Block.Bytes;
            }
        }

        return sum;
    }

    /// <summary>The tokens of a tile: every weight is unpacked once for all.</summary>
    /// <param name="quants">The group's quants.</param>
    /// <param name="scales">The group's scales.</param>
    /// <param name="x">The tile, [blocks, tokens].</param>
    /// <param name="blocks">Blocks of a row.</param>
    /// <param name="tokens">Tokens of the tile.</param>
    /// <param name="sums">[tokens] results.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Many(byte* quants, byte* scales, byte* x, int blocks, int tokens, TVector* sums)
    {
        for (var t = 0; t < tokens; t++) sums[t] = default;
        for (var unit = 0; unit < blocks; unit += TFormat.BlocksPerUnit)
        {
            Unit(scales, out var unitScale, out var unitMinimum);
            scales += UnitBytes * TLanes.Rows;
            for (var block = 0; block < TFormat.BlocksPerUnit; block++)
            {
                PrefetchBlock(quants + Ahead);
                var scale = unitScale;
                var minimum = unitMinimum;
                TFormat.Block<TLanes, TVector>(scales, ref scale, ref minimum);
                TFormat.Unpack<TLanes, TVector>(quants, out var w0, out var w1, out var w2, out var w3, out var w4, out var w5, out var w6, out var w7);
                for (var t = 0; t < tokens; t++, x += Int8Block.Bytes)
                    sums[t] = Accumulate(sums[t], x, scales, scale, minimum, w0, w1, w2, w3, w4, w5, w6, w7);
                quants += TFormat.QuantBytes * TLanes.Rows;
                scales += TFormat.BlockBytes * TLanes.Rows;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Unit(byte* scales, out TVector scale, out TVector minimum)
    {
        scale = TLanes.Halves(scales);
        minimum = TFormat.HasMinimum ? TLanes.Halves(scales + 2 * TLanes.Rows) : default;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Accumulate(TVector sum, byte* x, byte* scales, TVector scale, TVector minimum,
        TVector w0, TVector w1, TVector w2, TVector w3, TVector w4, TVector w5, TVector w6, TVector w7)
    {
        var products = TLanes.ToSingle(TFormat.Sums<TLanes, TVector>(x, scales, w0, w1, w2, w3, w4, w5, w6, w7));
        sum = TLanes.Add(sum, TLanes.Multiply(products, TLanes.Multiply(scale, TLanes.Broadcast(x + Int8Block.Scale))));
        if (TFormat.HasMinimum) sum = TLanes.Add(sum, TLanes.Multiply(minimum, TLanes.Broadcast(x + Int8Block.Sum)));
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PrefetchBlock(byte* address)
    {
        TLanes.Prefetch(address);
        if (TFormat.QuantBytes * TLanes.Rows > 64) TLanes.Prefetch(address + 64);
        if (TFormat.QuantBytes * TLanes.Rows > 128) TLanes.Prefetch(address + 128);
        if (TFormat.QuantBytes * TLanes.Rows > 192) TLanes.Prefetch(address + 192);
        if (TFormat.QuantBytes * TLanes.Rows > 256) TLanes.Prefetch(address + 256);
        if (TFormat.QuantBytes * TLanes.Rows > 320) TLanes.Prefetch(address + 320);
        if (TFormat.QuantBytes * TLanes.Rows > 384) TLanes.Prefetch(address + 384);
        if (TFormat.QuantBytes * TLanes.Rows > 448) TLanes.Prefetch(address + 448);
    }
}
