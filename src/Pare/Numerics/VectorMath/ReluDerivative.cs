using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pare.Numerics;

/// <summary>max(x, 0); derivative 1 above 0, else 0.</summary>
internal readonly struct ReluDerivative : IVectorDerivative
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Invoke(Vector256<float> x, out Vector256<float> derivative)
    {
        var positive = Vector256.GreaterThan(x, Vector256<float>.Zero);
        derivative = Vector256.ConditionalSelect(positive, Vector256<float>.One, Vector256<float>.Zero);
        return Vector256.ConditionalSelect(positive, x, Vector256<float>.Zero);
    }
}
