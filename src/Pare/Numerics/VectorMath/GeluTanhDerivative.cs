using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pare.Numerics;

/// <summary>x·σ(u) with u = 2·√(2/π)·(x + 0.044715·x³), which is GELU by tanh; derivative σ(u)·(1 + x·(1 − σ(u))·u′).</summary>
internal readonly struct GeluTanhDerivative : IVectorDerivative
{
    private const float Linear = 1.59576912f;
    private const float Cubic = 0.0713548163f;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Invoke(Vector256<float> x, out Vector256<float> derivative)
    {
        var square = x * x;
        var sigmoid = Vector256<float>.One / (Vector256<float>.One + ExpFunction.Invoke(-x * Fused.MultiplyAdd(square, Vector256.Create(Cubic), Vector256.Create(Linear))));
        var slope = Fused.MultiplyAdd(square, Vector256.Create(3 * Cubic), Vector256.Create(Linear));
        var value = x * sigmoid;
        derivative = sigmoid + value * (Vector256<float>.One - sigmoid) * slope;
        return value;
    }
}
