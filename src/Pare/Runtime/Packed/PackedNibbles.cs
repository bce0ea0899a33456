using System.Runtime.CompilerServices;

namespace Pare.Runtime;

/// <summary>What the formats of unsigned 4-bit weights share: byte i of 16 holds weight i in its low and weight i + 16 in its high half.</summary>
internal static unsafe class PackedNibbles
{
    /// <summary>Lays the 16 bytes of a block down.</summary>
    public static void Pack(byte* bytes, int row, int rows, byte* quants)
    {
        for (var i = 0; i < 4; i++) ((uint*)quants)[i * rows + row] = ((uint*)bytes)[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack<TLanes, TVector>(byte* quants, out TVector w0, out TVector w1, out TVector w2, out TVector w3, out TVector w4, out TVector w5, out TVector w6, out TVector w7)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        var bytes = 4 * TLanes.Rows;
        var a = TLanes.Load(quants);
        var b = TLanes.Load(quants + bytes);
        var c = TLanes.Load(quants + 2 * bytes);
        var d = TLanes.Load(quants + 3 * bytes);
        (w0, w1, w2, w3) = (TLanes.LowNibbles(a), TLanes.LowNibbles(b), TLanes.LowNibbles(c), TLanes.LowNibbles(d));
        (w4, w5, w6, w7) = (TLanes.HighNibbles(a), TLanes.HighNibbles(b), TLanes.HighNibbles(c), TLanes.HighNibbles(d));
    }

    /// <summary>int16 sums over the block, at most 16 · 15 · 127 = 30480 each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sums16<TLanes, TVector>(byte* x, TVector w0, TVector w1, TVector w2, TVector w3, TVector w4, TVector w5, TVector w6, TVector w7)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        var first = TLanes.Add16(Four<TLanes, TVector>(x, w0), Four<TLanes, TVector>(x + 4, w1));
        var second = TLanes.Add16(Four<TLanes, TVector>(x + 8, w2), Four<TLanes, TVector>(x + 12, w3));
        var third = TLanes.Add16(Four<TLanes, TVector>(x + 16, w4), Four<TLanes, TVector>(x + 20, w5));
        var fourth = TLanes.Add16(Four<TLanes, TVector>(x + 24, w6), Four<TLanes, TVector>(x + 28, w7));
        return TLanes.Add16(TLanes.Add16(first, second), TLanes.Add16(third, fourth));
    }

    /// <summary>int16 sums over four columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Four<TLanes, TVector>(byte* x, TVector w)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged => TLanes.MultiplyBytes(w, TLanes.Broadcast(x));
}
