using System.Runtime.CompilerServices;

namespace Pare.Runtime;

/// <summary>Four bits for every column, zeros included: where three of four columns or more have a number, places would take as much.</summary>
/// <remarks>A half is four vectors: byte i of 16 holds column i in its low and column i + 16 in its high half.</remarks>
/// <typeparam name="TTable">The numbers.</typeparam>
internal readonly unsafe struct NibblesOfAll<TTable> : ISparsePart
    where TTable : struct, INibbleTable
{
    public static int HalfBytes => 16;

    public static int SharedBytes => 0;

    public static float Step => TTable.Step;

    public static void Pack(ReadOnlySpan<byte> codes, ReadOnlySpan<byte> marks, int lane, int lanes, byte* target)
    {
        for (var half = 0; half < 2; half++)
        {
            for (var i = 0; i < 16; i++)
                target[((half * 4 + i / 4) * lanes + lane) * 4 + i % 4] = (byte)(codes[32 * half + i] | codes[32 * half + 16 + i] << 4);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack<TLanes, TVector>(byte* numbers, byte* shared, int half, out TVector w0, out TVector w1, out TVector w2, out TVector w3, out TVector w4, out TVector w5, out TVector w6, out TVector w7)
        where TLanes : struct, ISparseLanes<TVector>
        where TVector : unmanaged
    {
        PackedNibbles.Unpack<TLanes, TVector>(numbers, out w0, out w1, out w2, out w3, out w4, out w5, out w6, out w7);
        w0 = TLanes.LookUp(TTable.Numbers, w0);
        w1 = TLanes.LookUp(TTable.Numbers, w1);
        w2 = TLanes.LookUp(TTable.Numbers, w2);
        w3 = TLanes.LookUp(TTable.Numbers, w3);
        w4 = TLanes.LookUp(TTable.Numbers, w4);
        w5 = TLanes.LookUp(TTable.Numbers, w5);
        w6 = TLanes.LookUp(TTable.Numbers, w6);
        w7 = TLanes.LookUp(TTable.Numbers, w7);
    }

    // Two products reach 2 · 44 · 127 = 11176, and sums of (q + 32) x are kept modulo 2¹⁶; those of q x over 16 columns reach 8 · 12 · 127 = 12192 in each half lane.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sums<TLanes, TVector>(byte* x, TVector scales, TVector w0, TVector w1, TVector w2, TVector w3, TVector w4, TVector w5, TVector w6, TVector w7)
        where TLanes : struct, ISparseLanes<TVector>
        where TVector : unmanaged
    {
        var first = Sixteen<TLanes, TVector>(x, w0, w1, w2, w3, TLanes.Broadcast(x + Int8Block.ThirtyTwoFold));
        var last = Sixteen<TLanes, TVector>(x + 16, w4, w5, w6, w7, TLanes.Broadcast(x + Int8Block.ThirtyTwoFold + 4));
        return TLanes.Add32(TLanes.MultiplyPairs(first, TLanes.Lower16(scales)), TLanes.MultiplyPairs(last, TLanes.Upper16(scales)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Sixteen<TLanes, TVector>(byte* x, TVector w0, TVector w1, TVector w2, TVector w3, TVector offset)
        where TLanes : struct, ISparseLanes<TVector>
        where TVector : unmanaged
    {
        var low = TLanes.Add16(PackedNibbles.Four<TLanes, TVector>(x, w0), PackedNibbles.Four<TLanes, TVector>(x + 4, w1));
        var high = TLanes.Add16(PackedNibbles.Four<TLanes, TVector>(x + 8, w2), PackedNibbles.Four<TLanes, TVector>(x + 12, w3));
        return TLanes.Add16(TLanes.Add16(low, high), offset);
    }
}
