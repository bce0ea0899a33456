using System.Runtime.CompilerServices;

namespace Pare.Runtime;

/// <summary>Q6_K: w = (d · s) · (q − 32) with a signed byte s for each group of 16. The groups' s multiply int16 sums; the offset enters as −32 · Σ x.</summary>
/// <remarks>A block of 32 is four vectors of low halves and two of bit pairs: pair k of vector v belongs to columns 4 (4v + k) and following.</remarks>
internal readonly unsafe struct PackedQ6_K : IPackedFormat
{
    private const int Upper = 128;
    private const int GroupScales = 192;
    private const int UnitScale = 208;

    public static int QuantBytes => 24;
    public static int BlocksPerUnit => 8;
    public static int BlockBytes => 2;
    public static bool HasMinimum => false;

    public static bool Pack(byte* stored, int row, int rows, byte* quants, byte* scales)
    {
        ((ushort*)scales)[row] = *(ushort*)(stored + UnitScale);
        var low = stackalloc byte[16];
        var upper = stackalloc byte[8];
        for (var block = 0; block < 8; block++, quants += 24 * rows)
        {
            for (var group = 0; group < 2; group++) scales[(2 + 2 * block + group) * rows + row] = stored[GroupScales + 2 * block + group];
            new Span<byte>(upper, 8).Clear();
            for (var i = 0; i < 16; i++) low[i] = (byte)((Level(stored, 32 * block + i) & 15) | (Level(stored, 32 * block + i + 16) & 15) << 4);
            for (var i = 0; i < 32; i++) upper[i / 16 * 4 + i % 4] |= (byte)(Level(stored, 32 * block + i) >> 4 << i % 16 / 4 * 2);
            PackedNibbles.Pack(low, row, rows, quants);
            ((uint*)quants)[4 * rows + row] = ((uint*)upper)[0];
            ((uint*)quants)[5 * rows + row] = ((uint*)upper)[1];
        }

        return PackedScales.IsFinite(stored + UnitScale);
    }

    private static int Level(byte* stored, int i) =>
        (stored[i / 128 * 64 + i % 64] >> i % 128 / 64 * 4 & 15) | (stored[Upper + i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3) << 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Block<TLanes, TVector>(byte* scales, ref TVector scale, ref TVector minimum)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack<TLanes, TVector>(byte* quants, out TVector w0, out TVector w1, out TVector w2, out TVector w3, out TVector w4, out TVector w5, out TVector w6, out TVector w7)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        PackedNibbles.Unpack<TLanes, TVector>(quants, out w0, out w1, out w2, out w3, out w4, out w5, out w6, out w7);
        var first = TLanes.Load(quants + 16 * TLanes.Rows);
        var last = TLanes.Load(quants + 20 * TLanes.Rows);
        w0 = TLanes.Or(w0, TLanes.BitPair(first, 0));
        w1 = TLanes.Or(w1, TLanes.BitPair(first, 1));
        w2 = TLanes.Or(w2, TLanes.BitPair(first, 2));
        w3 = TLanes.Or(w3, TLanes.BitPair(first, 3));
        w4 = TLanes.Or(w4, TLanes.BitPair(last, 0));
        w5 = TLanes.Or(w5, TLanes.BitPair(last, 1));
        w6 = TLanes.Or(w6, TLanes.BitPair(last, 2));
        w7 = TLanes.Or(w7, TLanes.BitPair(last, 3));
    }

    // Sums of q · x are kept modulo 2¹⁶; those of (q − 32) · x over 16 columns reach 8 · 32 · 127 = 32512.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sums<TLanes, TVector>(byte* x, byte* scales, TVector w0, TVector w1, TVector w2, TVector w3, TVector w4, TVector w5, TVector w6, TVector w7)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        var first = Sixteen<TLanes, TVector>(x, w0, w1, w2, w3, TLanes.Broadcast(x + Int8Block.ThirtyTwoFold));
        var last = Sixteen<TLanes, TVector>(x + 16, w4, w5, w6, w7, TLanes.Broadcast(x + Int8Block.ThirtyTwoFold + 4));
        return TLanes.Add32(TLanes.MultiplyPairs(first, TLanes.Factors(scales)), TLanes.MultiplyPairs(last, TLanes.Factors(scales + TLanes.Rows)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Sixteen<TLanes, TVector>(byte* x, TVector w0, TVector w1, TVector w2, TVector w3, TVector offset)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        var low = TLanes.Add16(PackedNibbles.Four<TLanes, TVector>(x, w0), PackedNibbles.Four<TLanes, TVector>(x + 4, w1));
        var high = TLanes.Add16(PackedNibbles.Four<TLanes, TVector>(x + 8, w2), PackedNibbles.Four<TLanes, TVector>(x + 12, w3));
        return TLanes.Add16(TLanes.Add16(low, high), offset);
    }
}
