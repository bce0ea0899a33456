using System.Runtime.Intrinsics;

namespace Pare.Numerics;

/// <summary>A function of one variable with its derivative, both at once.</summary>
internal interface IVectorDerivative
{
    /// <summary>f(x) and f′(x).</summary>
    static abstract Vector256<float> Invoke(Vector256<float> x, out Vector256<float> derivative);
}
