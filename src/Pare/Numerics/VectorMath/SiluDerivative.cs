using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pare.Numerics;

/// <summary>x·σ(x); derivative σ(x)·(1 + x·(1 − σ(x))).</summary>
internal readonly struct SiluDerivative : IVectorDerivative
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Invoke(Vector256<float> x, out Vector256<float> derivative)
    {
        var sigmoid = Vector256<float>.One / (Vector256<float>.One + ExpFunction.Invoke(-x));
        var value = x * sigmoid;
        derivative = sigmoid + value * (Vector256<float>.One - sigmoid);
        return value;
    }
}
