namespace Pare.Runtime;

/// <summary>Stands where a matrix has no second part.</summary>
internal readonly unsafe struct NoPart : ISparsePart
{
    public static bool Exists => false;

    public static int UnitBytes => 0;

    public static float Step => 0;

    public static void Pack(ReadOnlySpan<byte> codes, ReadOnlySpan<byte> marks, int lane, int lanes, byte* target)
    {
    }

    public static void Unpack<TLanes, TVector>(byte* unit, int half, out TVector w0, out TVector w1, out TVector w2, out TVector w3, out TVector w4, out TVector w5, out TVector w6, out TVector w7)
        where TLanes : struct, ISparseLanes<TVector>
        where TVector : unmanaged => (w0, w1, w2, w3, w4, w5, w6, w7) = (default, default, default, default, default, default, default, default);

    public static TVector Sums<TLanes, TVector>(byte* x, TVector scales, TVector w0, TVector w1, TVector w2, TVector w3, TVector w4, TVector w5, TVector w6, TVector w7)
        where TLanes : struct, ISparseLanes<TVector>
        where TVector : unmanaged => default;
}
