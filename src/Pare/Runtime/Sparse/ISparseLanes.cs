using System.Runtime.Intrinsics;

namespace Pare.Runtime;

/// <summary>What sparse kernels need beyond <see cref="ILanes{TVector}"/>: activations picked by places, and scales for 16 columns each.</summary>
/// <typeparam name="TVector">The vector.</typeparam>
internal unsafe interface ISparseLanes<TVector> : ILanes<TVector>
    where TVector : unmanaged
{
    /// <summary>The bytes of every lane, the lowest first.</summary>
    static abstract TVector Fill(uint lane);

    /// <summary>x[place] for every byte; places are from 0 to 7.</summary>
    static abstract TVector Gather8(byte* x, TVector places);

    /// <summary>x[place] for every byte; places are from 0 to 15.</summary>
    static abstract TVector Gather16(byte* x, TVector places);

    /// <summary>x[place] for the first two bytes of a lane and x[16 + place] for the others; places are from 0 to 15.</summary>
    static abstract TVector Gather32(byte* x, TVector places);

    /// <summary>table[nibble] for every byte.</summary>
    static abstract TVector LookUp(Vector128<byte> table, TVector nibbles);

    /// <summary>Bit pair <paramref name="pair"/> (0 to 3, lowest first) of the bytes, moved to bits 0 and 1.</summary>
    static abstract TVector LowPair(TVector bytes, int pair);

    /// <summary>int16: products of signed bytes, two neighbours added; none of the bytes is −128.</summary>
    static abstract TVector MultiplySigned(TVector left, TVector right);

    /// <summary>int16 differences, modulo 2¹⁶.</summary>
    static abstract TVector Subtract16(TVector left, TVector right);

    /// <summary>Two int16 from two unsigned bytes a lane.</summary>
    static abstract TVector ScalePairs(byte* source);

    /// <summary>The lower int16 of every lane, twice.</summary>
    static abstract TVector Lower16(TVector pairs);

    /// <summary>The upper int16 of every lane, twice.</summary>
    static abstract TVector Upper16(TVector pairs);
}
