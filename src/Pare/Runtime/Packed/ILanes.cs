namespace Pare.Runtime;

/// <summary>Vector arithmetic of the packed kernels: 32-bit lanes, one for each row of a group. A lane is four bytes, two int16, one int32 or one float32.</summary>
/// <typeparam name="TVector">The vector; its bits are read as the operation says.</typeparam>
/// <remarks>All implementations give the same bits: the integers are exact and float operations round once each, none fused.</remarks>
internal unsafe interface ILanes<TVector>
    where TVector : unmanaged
{
    /// <summary>Number of lanes: the rows of a group.</summary>
    static abstract int Rows { get; }

    /// <summary>Reads all lanes.</summary>
    static abstract TVector Load(byte* source);

    /// <summary>Reads four bytes into every lane.</summary>
    static abstract TVector Broadcast(byte* source);

    /// <summary>Writes all lanes.</summary>
    static abstract void Store(TVector value, float* destination);

    /// <summary>Asks for a cache line that will be read, into the second level.</summary>
    static abstract void Prefetch(byte* address);

    /// <summary>Bitwise exclusive or.</summary>
    static abstract TVector Xor(TVector left, TVector right);

    /// <summary>Bitwise or.</summary>
    static abstract TVector Or(TVector left, TVector right);

    /// <summary>Low halves of the bytes.</summary>
    static abstract TVector LowNibbles(TVector bytes);

    /// <summary>High halves of the bytes, moved down.</summary>
    static abstract TVector HighNibbles(TVector bytes);

    /// <summary>Bit pair <paramref name="pair"/> (0 to 3, lowest first) of the bytes, moved to bits 4 and 5.</summary>
    static abstract TVector BitPair(TVector bytes, int pair);

    /// <summary>Bit <paramref name="bit"/> (0 to 7) of the bytes, moved to bit 4.</summary>
    static abstract TVector FifthBit(TVector bytes, int bit);

    /// <summary>int16: products of unsigned and signed bytes, two neighbours added. Their sums must fit.</summary>
    static abstract TVector MultiplyBytes(TVector unsigned, TVector signed);

    /// <summary>int16 sums, modulo 2¹⁶.</summary>
    static abstract TVector Add16(TVector left, TVector right);

    /// <summary>int32: products of int16, two neighbours added.</summary>
    static abstract TVector MultiplyPairs(TVector left, TVector right);

    /// <summary>The int16 number 1 everywhere.</summary>
    static abstract TVector Ones16 { get; }

    /// <summary>int32 sums.</summary>
    static abstract TVector Add32(TVector left, TVector right);

    /// <summary>int32 to float32.</summary>
    static abstract TVector ToSingle(TVector integers);

    /// <summary>float32 sums.</summary>
    static abstract TVector Add(TVector left, TVector right);

    /// <summary>float32 products.</summary>
    static abstract TVector Multiply(TVector left, TVector right);

    /// <summary>float32 from one F16 a lane, exact.</summary>
    static abstract TVector Halves(byte* source);

    /// <summary>float32 from one unsigned byte a lane.</summary>
    static abstract TVector Bytes(byte* source);

    /// <summary>Two equal int16 from one signed byte a lane.</summary>
    static abstract TVector Factors(byte* source);
}
