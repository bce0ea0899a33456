using System.Runtime.CompilerServices;

namespace Pare.Runtime;

/// <summary>Q8_0. Signed products come from |x| and the complemented weights of negative x: w · x = |x| · (w ^ −1) + |x| for x below 0.</summary>
internal readonly unsafe struct PackedQ8_0 : IPackedFormat
{
    public static int QuantBytes => 32;
    public static int BlocksPerUnit => 1;
    public static int BlockBytes => 0;
    public static bool HasMinimum => false;

    public static bool Pack(byte* stored, int row, int rows, byte* quants, byte* scales)
    {
        ((ushort*)scales)[row] = *(ushort*)stored;
        for (var i = 0; i < 8; i++) ((uint*)quants)[i * rows + row] = ((uint*)(stored + 2))[i];
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
        var bytes = 4 * TLanes.Rows;
        w0 = TLanes.Load(quants);
        w1 = TLanes.Load(quants + bytes);
        w2 = TLanes.Load(quants + 2 * bytes);
        w3 = TLanes.Load(quants + 3 * bytes);
        w4 = TLanes.Load(quants + 4 * bytes);
        w5 = TLanes.Load(quants + 5 * bytes);
        w6 = TLanes.Load(quants + 6 * bytes);
        w7 = TLanes.Load(quants + 7 * bytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sums<TLanes, TVector>(byte* x, byte* scales, TVector w0, TVector w1, TVector w2, TVector w3, TVector w4, TVector w5, TVector w6, TVector w7)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        var sum = TLanes.Broadcast(x + Int8Block.Negatives);
        var other = Four<TLanes, TVector>(x, w0);
        sum = TLanes.Add32(sum, Four<TLanes, TVector>(x + 4, w1));
        other = TLanes.Add32(other, Four<TLanes, TVector>(x + 8, w2));
        sum = TLanes.Add32(sum, Four<TLanes, TVector>(x + 12, w3));
        other = TLanes.Add32(other, Four<TLanes, TVector>(x + 16, w4));
        sum = TLanes.Add32(sum, Four<TLanes, TVector>(x + 20, w5));
        other = TLanes.Add32(other, Four<TLanes, TVector>(x + 24, w6));
        sum = TLanes.Add32(sum, Four<TLanes, TVector>(x + 28, w7));
        return TLanes.Add32(sum, other);
    }

    // Two products reach 2 · 127 · 128 = 32512 at most.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Four<TLanes, TVector>(byte* x, TVector w)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged =>
        TLanes.MultiplyPairs(TLanes.MultiplyBytes(TLanes.Broadcast(x + Int8Block.Magnitudes), TLanes.Xor(w, TLanes.Broadcast(x + Int8Block.Signs))), TLanes.Ones16);
}
