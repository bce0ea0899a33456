using System.Runtime.CompilerServices;

namespace Pare.Runtime;

/// <summary>int8 for at most two numbers in every four columns. A half is a vector of numbers for each window of 8 columns and one of places.</summary>
internal readonly unsafe struct BytesTwoOfFour : ISparsePart
{
    public static int HalfBytes => 20;

    public static int SharedBytes => 0;

    public static float Step => 1;

    public static void Pack(ReadOnlySpan<byte> codes, ReadOnlySpan<byte> marks, int lane, int lanes, byte* target)
    {
        Span<byte> kept = stackalloc byte[16];
        Span<byte> places = stackalloc byte[4];
        for (var half = 0; half < 2; half++, target += HalfBytes * lanes)
        {
            kept.Clear();
            places.Clear();
            TwoOfFour.Collect(codes.Slice(32 * half, 32), marks.Slice(32 * half, 32), kept, places);
            for (var window = 0; window < 4; window++) TwoOfFour.Store(kept[(4 * window)..], lane, target + 4 * window * lanes);
            TwoOfFour.Store(places, lane, target + 16 * lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack<TLanes, TVector>(byte* numbers, byte* shared, int half, out TVector w0, out TVector w1, out TVector w2, out TVector w3, out TVector w4, out TVector w5, out TVector w6, out TVector w7)
        where TLanes : struct, ISparseLanes<TVector>
        where TVector : unmanaged
    {
        w0 = TLanes.Load(numbers);
        w1 = TLanes.Load(numbers + 4 * TLanes.Rows);
        w2 = TLanes.Load(numbers + 8 * TLanes.Rows);
        w3 = TLanes.Load(numbers + 12 * TLanes.Rows);
        var places = TLanes.Load(numbers + 16 * TLanes.Rows);
        var last = TLanes.Fill(TwoOfFour.LastFour);
        w4 = TLanes.Or(TLanes.LowPair(places, 0), last);
        w5 = TLanes.Or(TLanes.LowPair(places, 1), last);
        w6 = TLanes.Or(TLanes.LowPair(places, 2), last);
        w7 = TLanes.Or(TLanes.LowPair(places, 3), last);
    }

    // Two products reach 2 · 127² = 32258; times 255, four of them in a lane's two halves: 2²⁷.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sums<TLanes, TVector>(byte* x, TVector scales, TVector w0, TVector w1, TVector w2, TVector w3, TVector w4, TVector w5, TVector w6, TVector w7)
        where TLanes : struct, ISparseLanes<TVector>
        where TVector : unmanaged
    {
        var first = TLanes.Lower16(scales);
        var last = TLanes.Upper16(scales);
        var sum = TLanes.MultiplyPairs(TLanes.MultiplySigned(w0, TLanes.Gather8(x, w4)), first);
        var other = TLanes.MultiplyPairs(TLanes.MultiplySigned(w1, TLanes.Gather8(x + 8, w5)), first);
        sum = TLanes.Add32(sum, TLanes.MultiplyPairs(TLanes.MultiplySigned(w2, TLanes.Gather8(x + 16, w6)), last));
        other = TLanes.Add32(other, TLanes.MultiplyPairs(TLanes.MultiplySigned(w3, TLanes.Gather8(x + 24, w7)), last));
        return TLanes.Add32(sum, other);
    }
}
