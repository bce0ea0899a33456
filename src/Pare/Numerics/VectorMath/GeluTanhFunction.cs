using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pare.Numerics;

/// <summary>x / 2 · (1 + tanh u) = x / (1 + e⁻²ᵘ) with u = √(2/π) · (x + 0.044715·x³).</summary>
internal readonly struct GeluTanhFunction : IVectorFunction
{
    // -2·√(2/π), and the same times 0.044715.
    private const float Linear = -1.59576912f;
    private const float Cubic = -0.0713548163f;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Invoke(Vector256<float> x)
    {
        var exponent = x * Fused.MultiplyAdd(x * x, Vector256.Create(Cubic), Vector256.Create(Linear));
        return x / (Vector256<float>.One + ExpFunction.Invoke(exponent));
    }
}
