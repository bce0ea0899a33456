using System.Runtime.CompilerServices;

namespace Pare.Runtime;

/// <summary>int8 for at most one number in every eight columns. A unit is a vector of numbers for each half, and one of places: low halves of its bytes for the first half.</summary>
/// <remarks>Byte i of a lane belongs to the i-th eight columns; a place counts from the beginning of 16 columns.</remarks>
internal readonly unsafe struct BytesOneOfEight : ISparsePart
{
    public static int HalfBytes => 4;

    public static int SharedBytes => 4;

    public static float Step => 1;

    public static void Pack(ReadOnlySpan<byte> codes, ReadOnlySpan<byte> marks, int lane, int lanes, byte* target)
    {
        for (var column = 0; column < 64; column++)
        {
            if (marks[column] == 0) continue;
            var (half, eight) = (column / 32, column % 32 / 8);
            target[(half * lanes + lane) * 4 + eight] = codes[column];
            target[(2 * lanes + lane) * 4 + eight] |= (byte)(column % 16 << 4 * half);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack<TLanes, TVector>(byte* numbers, byte* shared, int half, out TVector w0, out TVector w1, out TVector w2, out TVector w3, out TVector w4, out TVector w5, out TVector w6, out TVector w7)
        where TLanes : struct, ISparseLanes<TVector>
        where TVector : unmanaged
    {
        var places = TLanes.Load(shared);
        w0 = TLanes.Load(numbers);
        w1 = half == 0 ? TLanes.LowNibbles(places) : TLanes.HighNibbles(places);
        (w2, w3, w4, w5, w6, w7) = (default, default, default, default, default, default);
    }

    // The lower int16 of a lane is of the first 16 columns, as the lower scale is.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sums<TLanes, TVector>(byte* x, TVector scales, TVector w0, TVector w1, TVector w2, TVector w3, TVector w4, TVector w5, TVector w6, TVector w7)
        where TLanes : struct, ISparseLanes<TVector>
        where TVector : unmanaged => TLanes.MultiplyPairs(TLanes.MultiplySigned(w0, TLanes.Gather32(x, w1)), scales);
}
