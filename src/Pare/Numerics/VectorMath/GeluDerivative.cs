using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pare.Numerics;

/// <summary>x·Φ(x); derivative Φ(x) + x·φ(x) with φ(x) = e^(−x²/2)/√(2π).</summary>
internal readonly struct GeluDerivative : IVectorDerivative
{
    private const float InverseRootTwoPi = 0.398942280f;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Invoke(Vector256<float> x, out Vector256<float> derivative)
    {
        var value = GeluFunction.Invoke(x);
        // Φ(x) = value / x; at 0 it is ½.
        var cumulative = Vector256.ConditionalSelect(Vector256.Equals(x, Vector256<float>.Zero), Vector256.Create(0.5f), value / x);
        derivative = cumulative + x * (ExpFunction.Invoke(x * x * -0.5f) * InverseRootTwoPi);
        return value;
    }
}
