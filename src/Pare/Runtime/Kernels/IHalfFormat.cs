using System.Runtime.Intrinsics;

namespace Pare.Runtime;

/// <summary>A float format of 16 bits, widened exactly to float32 from int32 lanes that hold the sign-extended bits.</summary>
internal interface IHalfFormat
{
    /// <summary>One number.</summary>
    static abstract float Widen(ushort bits);

    /// <summary>Eight numbers.</summary>
    static abstract Vector256<float> Widen(Vector256<int> bits);

    /// <summary>Sixteen numbers.</summary>
    static abstract Vector512<float> Widen(Vector512<int> bits);
}
