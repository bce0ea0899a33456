using System.Numerics;
using System.Runtime.CompilerServices;

namespace Pare.Numerics;

/// <summary>max(x, 0); derivative 1 above 0, else 0.</summary>
internal readonly struct ReluDerivative : IVectorDerivative
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Invoke(Vector<float> x, out Vector<float> derivative)
    {
        var positive = Vector.GreaterThan(x, Vector<float>.Zero);
        derivative = Vector.ConditionalSelect(positive, Vector<float>.One, Vector<float>.Zero);
        return Vector.ConditionalSelect(positive, x, Vector<float>.Zero);
    }

    /// <inheritdoc/>
    public static float Invoke(float x, out float derivative)
    {
        derivative = x > 0 ? 1 : 0;
        return x > 0 ? x : 0;
    }
}
