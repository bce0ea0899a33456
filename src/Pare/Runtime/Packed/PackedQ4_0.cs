using System.Runtime.CompilerServices;

namespace Pare.Runtime;

/// <summary>Q4_0: w = scale · (q − 8). The offset enters as −8 · Σ x, which the activations bring along.</summary>
internal readonly unsafe struct PackedQ4_0 : IPackedFormat
{
    public static int QuantBytes => 16;
    public static int BlocksPerUnit => 1;
    public static int BlockBytes => 0;
    public static bool HasMinimum => false;

    public static bool Pack(byte* stored, int row, int rows, byte* quants, byte* scales)
    {
        ((ushort*)scales)[row] = *(ushort*)stored;
        PackedNibbles.Pack(stored + 2, row, rows, quants);
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
        where TVector : unmanaged =>
        PackedNibbles.Unpack<TLanes, TVector>(quants, out w0, out w1, out w2, out w3, out w4, out w5, out w6, out w7);

    // The sums of (q − 8) · x reach 16 · 8 · 127, whatever happens to those of q · x on the way.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sums<TLanes, TVector>(byte* x, byte* scales, TVector w0, TVector w1, TVector w2, TVector w3, TVector w4, TVector w5, TVector w6, TVector w7)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        var sums = PackedNibbles.Sums16<TLanes, TVector>(x, w0, w1, w2, w3, w4, w5, w6, w7);
        return TLanes.MultiplyPairs(TLanes.Add16(sums, TLanes.Broadcast(x + Int8Block.EightFold)), TLanes.Ones16);
    }
}
