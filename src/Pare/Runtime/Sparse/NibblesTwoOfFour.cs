using System.Runtime.CompilerServices;

namespace Pare.Runtime;

/// <summary>Four bits for at most two numbers in every four columns. A half is two vectors of numbers (windows 0 and 2, 1 and 3 in low and high halves of bytes) and one of places.</summary>
/// <typeparam name="TTable">The numbers.</typeparam>
internal readonly unsafe struct NibblesTwoOfFour<TTable> : ISparsePart
    where TTable : struct, INibbleTable
{
    public static int HalfBytes => 12;

    public static int SharedBytes => 0;

    public static float Step => TTable.Step;

    public static void Pack(ReadOnlySpan<byte> codes, ReadOnlySpan<byte> marks, int lane, int lanes, byte* target)
    {
        Span<byte> kept = stackalloc byte[16];
        Span<byte> places = stackalloc byte[4];
        for (var half = 0; half < 2; half++, target += HalfBytes * lanes)
        {
            kept.Clear();
            places.Clear();
            TwoOfFour.Collect(codes.Slice(32 * half, 32), marks.Slice(32 * half, 32), kept, places);
            for (var i = 0; i < 8; i++) kept[i] |= (byte)(kept[8 + i] << 4);
            TwoOfFour.Store(kept, lane, target);
            TwoOfFour.Store(kept[4..], lane, target + 4 * lanes);
            TwoOfFour.Store(places, lane, target + 8 * lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack<TLanes, TVector>(byte* numbers, byte* shared, int half, out TVector w0, out TVector w1, out TVector w2, out TVector w3, out TVector w4, out TVector w5, out TVector w6, out TVector w7)
        where TLanes : struct, ISparseLanes<TVector>
        where TVector : unmanaged
    {
        var even = TLanes.Load(numbers);
        var odd = TLanes.Load(numbers + 4 * TLanes.Rows);
        w0 = TLanes.LookUp(TTable.Numbers, TLanes.LowNibbles(even));
        w1 = TLanes.LookUp(TTable.Numbers, TLanes.LowNibbles(odd));
        w2 = TLanes.LookUp(TTable.Numbers, TLanes.HighNibbles(even));
        w3 = TLanes.LookUp(TTable.Numbers, TLanes.HighNibbles(odd));
        var places = TLanes.Load(numbers + 8 * TLanes.Rows);
        var last = TLanes.Fill(TwoOfFour.LastFour);
        w4 = TLanes.Or(TLanes.LowPair(places, 0), last);
        w5 = TLanes.Or(TLanes.LowPair(places, 1), last);
        w6 = TLanes.Or(TLanes.LowPair(places, 2), last);
        w7 = TLanes.Or(TLanes.LowPair(places, 3), last);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sums<TLanes, TVector>(byte* x, TVector scales, TVector w0, TVector w1, TVector w2, TVector w3, TVector w4, TVector w5, TVector w6, TVector w7)
        where TLanes : struct, ISparseLanes<TVector>
        where TVector : unmanaged
    {
        var first = Sixteen<TLanes, TVector>(w0, w1, TLanes.Gather8(x, w4), TLanes.Gather8(x + 8, w5));
        var last = Sixteen<TLanes, TVector>(w2, w3, TLanes.Gather8(x + 16, w6), TLanes.Gather8(x + 24, w7));
        return TLanes.Add32(TLanes.MultiplyPairs(first, TLanes.Lower16(scales)), TLanes.MultiplyPairs(last, TLanes.Upper16(scales)));
    }

    // Σ (q + 32) x − Σ 32 x: two products reach 2 · 44 · 127, and twice that fits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Sixteen<TLanes, TVector>(TVector w0, TVector w1, TVector x0, TVector x1)
        where TLanes : struct, ISparseLanes<TVector>
        where TVector : unmanaged
    {
        var offset = TLanes.Fill(0x01010101u * NibbleTables.Offset);
        var sums = TLanes.Add16(TLanes.MultiplyBytes(w0, x0), TLanes.MultiplyBytes(w1, x1));
        return TLanes.Subtract16(sums, TLanes.Add16(TLanes.MultiplyBytes(offset, x0), TLanes.MultiplyBytes(offset, x1)));
    }
}
