namespace Pare.Runtime;

/// <summary>How one part of a sparse matrix lies in memory, and its products with int8 activations. The unit is 64 columns, worked on in halves of 32.</summary>
internal unsafe interface ISparsePart
{
    /// <summary>Bytes of a half in a row; a multiple of 4.</summary>
    static abstract int HalfBytes { get; }

    /// <summary>Bytes that the halves of a unit share, behind them.</summary>
    static abstract int SharedBytes { get; }

    /// <summary>What the kernel's whole numbers are multiples of: 1, or ½ for E2M1.</summary>
    static abstract float Step { get; }

    /// <summary>Lays one unit of a row down.</summary>
    /// <param name="codes">[64] codes, 0 where the part has nothing: int8, or a nibble of the part's table.</param>
    /// <param name="marks">[64] 1 where the part has a number, else 0.</param>
    /// <param name="lane">Lane of the row.</param>
    /// <param name="lanes">Lanes of the group.</param>
    /// <param name="target">The unit of the group, cleared.</param>
    static abstract void Pack(ReadOnlySpan<byte> codes, ReadOnlySpan<byte> marks, int lane, int lanes, byte* target);

    /// <summary>The weights of a half, and where the part needs them the places of what they multiply.</summary>
    /// <param name="numbers">The half of the group.</param>
    /// <param name="shared">What the halves share.</param>
    /// <param name="half">0 or 1.</param>
    /// <param name="w0">First vector.</param>
    /// <param name="w1">Second vector, and so on; parts with fewer leave the others 0.</param>
    /// <param name="w2"/><param name="w3"/><param name="w4"/><param name="w5"/><param name="w6"/><param name="w7"/>
    static abstract void Unpack<TLanes, TVector>(byte* numbers, byte* shared, int half, out TVector w0, out TVector w1, out TVector w2, out TVector w3, out TVector w4, out TVector w5, out TVector w6, out TVector w7)
        where TLanes : struct, ISparseLanes<TVector>
        where TVector : unmanaged;

    /// <summary>Σ over the two vectors of 16 columns of s · Σ q · x, int32; x is an <see cref="Int8Block"/>, <paramref name="scales"/> holds the vectors' two s in a lane.</summary>
    static abstract TVector Sums<TLanes, TVector>(byte* x, TVector scales, TVector w0, TVector w1, TVector w2, TVector w3, TVector w4, TVector w5, TVector w6, TVector w7)
        where TLanes : struct, ISparseLanes<TVector>
        where TVector : unmanaged;
}
