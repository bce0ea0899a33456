using System.Runtime.CompilerServices;

namespace Pare.Runtime;

/// <summary>int8 for at most four numbers in every 16 columns. A half is a vector of numbers for each 16 and one of places: low halves of its bytes for the first.</summary>
internal readonly unsafe struct BytesFourOfSixteen : ISparsePart
{
    public static int HalfBytes => 12;

    public static int SharedBytes => 0;

    public static float Step => 1;

    public static void Pack(ReadOnlySpan<byte> codes, ReadOnlySpan<byte> marks, int lane, int lanes, byte* target)
    {
        for (var sixteen = 0; sixteen < 4; sixteen++)
        {
            var half = target + sixteen / 2 * 12 * lanes;
            var slot = 0;
            for (var i = 0; i < 16; i++)
            {
                if (marks[16 * sixteen + i] == 0) continue;
                half[(sixteen % 2 * lanes + lane) * 4 + slot] = codes[16 * sixteen + i];
                half[(2 * lanes + lane) * 4 + slot++] |= (byte)(i << sixteen % 2 * 4);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack<TLanes, TVector>(byte* numbers, byte* shared, int half, out TVector w0, out TVector w1, out TVector w2, out TVector w3, out TVector w4, out TVector w5, out TVector w6, out TVector w7)
        where TLanes : struct, ISparseLanes<TVector>
        where TVector : unmanaged
    {
        var places = TLanes.Load(numbers + 8 * TLanes.Rows);
        w0 = TLanes.Load(numbers);
        w1 = TLanes.Load(numbers + 4 * TLanes.Rows);
        w2 = TLanes.LowNibbles(places);
        w3 = TLanes.HighNibbles(places);
        (w4, w5, w6, w7) = (default, default, default, default);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sums<TLanes, TVector>(byte* x, TVector scales, TVector w0, TVector w1, TVector w2, TVector w3, TVector w4, TVector w5, TVector w6, TVector w7)
        where TLanes : struct, ISparseLanes<TVector>
        where TVector : unmanaged =>
        TLanes.Add32(
            TLanes.MultiplyPairs(TLanes.MultiplySigned(w0, TLanes.Gather16(x, w2)), TLanes.Lower16(scales)),
            TLanes.MultiplyPairs(TLanes.MultiplySigned(w1, TLanes.Gather16(x + 16, w3)), TLanes.Upper16(scales)));
}
