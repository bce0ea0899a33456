using System.Numerics;
using System.Runtime.CompilerServices;

namespace Pare.Numerics;

/// <summary>x / 2 · (1 + tanh u) = x / (1 + e⁻²ᵘ) with u = √(2/π) · (x + 0.044715·x³).</summary>
internal readonly struct GeluTanhFunction : IVectorFunction
{
    // -2·√(2/π), and the same times 0.044715.
    private const float Linear = -1.59576912f;
    private const float Cubic = -0.0713548163f;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Invoke(Vector<float> x)
    {
        var exponent = x * Vector.MultiplyAddEstimate(x * x, new Vector<float>(Cubic), new Vector<float>(Linear));
        return x / (Vector<float>.One + ExpFunction.Invoke(exponent));
    }

    /// <inheritdoc/>
    public static float Invoke(float x) => x / (1 + MathF.Exp(x * (x * x * Cubic + Linear)));
}
