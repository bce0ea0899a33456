using System.Numerics;
using System.Runtime.CompilerServices;

namespace Pare.Numerics;

/// <summary>x·Φ(x); derivative Φ(x) + x·φ(x) with φ(x) = e^(−x²/2)/√(2π).</summary>
internal readonly struct GeluDerivative : IVectorDerivative
{
    private const float InverseRootTwoPi = 0.398942280f;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Invoke(Vector<float> x, out Vector<float> derivative)
    {
        var value = GeluFunction.Invoke(x);
        // Φ(x) = value / x; at 0 it is ½.
        var cumulative = Vector.ConditionalSelect(Vector.Equals(x, Vector<float>.Zero), new Vector<float>(0.5f), value / x);
        derivative = cumulative + x * (ExpFunction.Invoke(x * x * -0.5f) * InverseRootTwoPi);
        return value;
    }

    /// <inheritdoc/>
    public static float Invoke(float x, out float derivative)
    {
        var value = GeluFunction.Invoke(x);
        derivative = (x == 0 ? 0.5f : value / x) + x * (MathF.Exp(x * x * -0.5f) * InverseRootTwoPi);
        return value;
    }
}
