using System.Runtime.Intrinsics;

namespace Pare.Runtime;

/// <summary>A block of 32 stored weights w = Scale · q + Minimum, as the float dot products read it.</summary>
internal unsafe interface IFloatBlock
{
    /// <summary>Bytes of a block.</summary>
    static abstract int Bytes { get; }

    /// <summary>Whether <see cref="Minimum"/> is ever other than 0.</summary>
    static abstract bool HasMinimum { get; }

    /// <summary>Factor on the block's q.</summary>
    static abstract float Scale(byte* block);

    /// <summary>Added to every weight of the block.</summary>
    static abstract float Minimum(byte* block);

    /// <summary>q of weight i of the block: the definition.</summary>
    static abstract float Quant(byte* block, int i);

    /// <summary>q of weights 0–15 and 16–31.</summary>
    static abstract (Vector512<float> Low, Vector512<float> High) Quants512(byte* block);

    /// <summary>q of weights 8i to 8i + 7, i from 0 to 3.</summary>
    static abstract Vector256<float> Quants256(byte* block, int i);
}
