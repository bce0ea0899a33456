using System.Runtime.CompilerServices;

namespace Pare.Runtime;

/// <summary>Q5_0: w = scale · (q − 16) with fifth bits apart. A block is four vectors of low halves and one of fifth bits: bit i of byte c belongs to column 4i + c.</summary>
internal readonly unsafe struct PackedQ5_0 : IPackedFormat
{
    public static int QuantBytes => 20;
    public static int BlocksPerUnit => 1;
    public static int BlockBytes => 0;
    public static bool HasMinimum => false;

    public static bool Pack(byte* stored, int row, int rows, byte* quants, byte* scales)
    {
        ((ushort*)scales)[row] = *(ushort*)stored;
        var fifth = *(uint*)(stored + 2);
        uint regrouped = 0;
        for (var i = 0; i < 32; i++) regrouped |= (fifth >> i & 1) << (8 * (i % 4) + i / 4);
        PackedNibbles.Pack(stored + 6, row, rows, quants);
        ((uint*)quants)[4 * rows + row] = regrouped;
        return PackedScales.IsFinite(stored);
    }

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
        var fifth = TLanes.Load(quants + 16 * TLanes.Rows);
        w0 = TLanes.Or(w0, TLanes.FifthBit(fifth, 0));
        w1 = TLanes.Or(w1, TLanes.FifthBit(fifth, 1));
        w2 = TLanes.Or(w2, TLanes.FifthBit(fifth, 2));
        w3 = TLanes.Or(w3, TLanes.FifthBit(fifth, 3));
        w4 = TLanes.Or(w4, TLanes.FifthBit(fifth, 4));
        w5 = TLanes.Or(w5, TLanes.FifthBit(fifth, 5));
        w6 = TLanes.Or(w6, TLanes.FifthBit(fifth, 6));
        w7 = TLanes.Or(w7, TLanes.FifthBit(fifth, 7));
    }

    // Sums of q · x are kept modulo 2¹⁶; those of (q − 16) · x reach 16 · 16 · 127 = 32512. The offset is twice that of Q4_0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sums<TLanes, TVector>(byte* x, byte* scales, TVector w0, TVector w1, TVector w2, TVector w3, TVector w4, TVector w5, TVector w6, TVector w7)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        var offset = TLanes.Broadcast(x + Int8Block.EightFold);
        var sums = PackedNibbles.Sums16<TLanes, TVector>(x, w0, w1, w2, w3, w4, w5, w6, w7);
        return TLanes.MultiplyPairs(TLanes.Add16(TLanes.Add16(sums, offset), offset), TLanes.Ones16);
    }
}
