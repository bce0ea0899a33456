using System.Runtime.Intrinsics;

namespace Pare.Numerics;

/// <summary>A function of one number.</summary>
internal interface IVectorFunction
{
    /// <summary>The function of every lane.</summary>
    static abstract Vector256<float> Invoke(Vector256<float> x);
}
