namespace Pare.Runtime;

/// <summary>A block format in the packed layout: how its rows are laid down, and its products with int8 activations.</summary>
/// <remarks>
/// A group of R rows (R lanes) is two planes. Quants: for every block of 32 columns, <see cref="QuantBytes"/> / 4 vectors of four bytes a row.
/// Scales: for every unit of <see cref="BlocksPerUnit"/> blocks, what the unit shares (the scales as F16, then the minima where there are any) and then what each block has,
/// one number a row side by side.
/// w = scale · q + minimum, where q is what <see cref="Sums"/> multiplies.
/// </remarks>
internal unsafe interface IPackedFormat
{
    /// <summary>Bytes of quants that 32 weights of a row take.</summary>
    static abstract int QuantBytes { get; }

    /// <summary>Blocks of 32 that share a unit of scales.</summary>
    static abstract int BlocksPerUnit { get; }

    /// <summary>Bytes of scales that a block adds in a row.</summary>
    static abstract int BlockBytes { get; }

    /// <summary>Whether there is a minimum.</summary>
    static abstract bool HasMinimum { get; }

    /// <summary>Lays one unit of a row down.</summary>
    /// <param name="stored">The unit as the file has it.</param>
    /// <param name="row">Lane of the row.</param>
    /// <param name="rows">Lanes of the group.</param>
    /// <param name="quants">The unit's first vector of the group.</param>
    /// <param name="scales">The unit's scales of the group.</param>
    /// <returns>Whether the scales are finite numbers.</returns>
    static abstract bool Pack(byte* stored, int row, int rows, byte* quants, byte* scales);

    /// <summary>Scale and minimum of a block, from the unit's; <paramref name="scales"/> is the block's own.</summary>
    static abstract void Block<TLanes, TVector>(byte* scales, ref TVector scale, ref TVector minimum)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged;

    /// <summary>The 32 weights of each row, four bytes a vector: columns 4i to 4i + 3 in the i-th.</summary>
    static abstract void Unpack<TLanes, TVector>(byte* quants, out TVector w0, out TVector w1, out TVector w2, out TVector w3, out TVector w4, out TVector w5, out TVector w6, out TVector w7)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged;

    /// <summary>Σ q · x over the block, int32; x is an <see cref="Int8Block"/>, scales are the block's own, and the weights are as unpacked.</summary>
    static abstract TVector Sums<TLanes, TVector>(byte* x, byte* scales, TVector w0, TVector w1, TVector w2, TVector w3, TVector w4, TVector w5, TVector w6, TVector w7)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged;
}
