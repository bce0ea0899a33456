using System.Runtime.CompilerServices;

namespace Pare.Runtime;

/// <summary>int8 for every column, zeros included. A half is eight vectors of four columns.</summary>
internal readonly unsafe struct BytesOfAll : ISparsePart
{
    public static int HalfBytes => 32;

    public static int SharedBytes => 0;

    public static float Step => 1;

    public static void Pack(ReadOnlySpan<byte> codes, ReadOnlySpan<byte> marks, int lane, int lanes, byte* target)
    {
        for (var column = 0; column < 64; column++) target[(column / 4 * lanes + lane) * 4 + column % 4] = codes[column];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack<TLanes, TVector>(byte* numbers, byte* shared, int half, out TVector w0, out TVector w1, out TVector w2, out TVector w3, out TVector w4, out TVector w5, out TVector w6, out TVector w7)
        where TLanes : struct, ISparseLanes<TVector>
        where TVector : unmanaged
    {
        var bytes = 4 * TLanes.Rows;
        w0 = TLanes.Load(numbers);
        w1 = TLanes.Load(numbers + bytes);
        w2 = TLanes.Load(numbers + 2 * bytes);
        w3 = TLanes.Load(numbers + 3 * bytes);
        w4 = TLanes.Load(numbers + 4 * bytes);
        w5 = TLanes.Load(numbers + 5 * bytes);
        w6 = TLanes.Load(numbers + 6 * bytes);
        w7 = TLanes.Load(numbers + 7 * bytes);
    }

    // Two products reach 2 · 127² = 32258; times 255, eight of them in a lane's two halves: 2²⁷.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sums<TLanes, TVector>(byte* x, TVector scales, TVector w0, TVector w1, TVector w2, TVector w3, TVector w4, TVector w5, TVector w6, TVector w7)
        where TLanes : struct, ISparseLanes<TVector>
        where TVector : unmanaged =>
        TLanes.Add32(Sixteen<TLanes, TVector>(x, TLanes.Lower16(scales), w0, w1, w2, w3), Sixteen<TLanes, TVector>(x + 16, TLanes.Upper16(scales), w4, w5, w6, w7));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Sixteen<TLanes, TVector>(byte* x, TVector scale, TVector w0, TVector w1, TVector w2, TVector w3)
        where TLanes : struct, ISparseLanes<TVector>
        where TVector : unmanaged
    {
        var sum = TLanes.MultiplyPairs(TLanes.MultiplySigned(w0, TLanes.Broadcast(x)), scale);
        var other = TLanes.MultiplyPairs(TLanes.MultiplySigned(w1, TLanes.Broadcast(x + 4)), scale);
        sum = TLanes.Add32(sum, TLanes.MultiplyPairs(TLanes.MultiplySigned(w2, TLanes.Broadcast(x + 8)), scale));
        other = TLanes.Add32(other, TLanes.MultiplyPairs(TLanes.MultiplySigned(w3, TLanes.Broadcast(x + 12)), scale));
        return TLanes.Add32(sum, other);
    }
}
