using System.Numerics;
using System.Runtime.CompilerServices;

namespace Pare.Numerics;

/// <summary>x·σ(u) with u = 2·√(2/π)·(x + 0.044715·x³), which is GELU by tanh; derivative σ(u)·(1 + x·(1 − σ(u))·u′).</summary>
internal readonly struct GeluTanhDerivative : IVectorDerivative
{
    private const float Linear = 1.59576912f;
    private const float Cubic = 0.0713548163f;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Invoke(Vector<float> x, out Vector<float> derivative)
    {
        var square = x * x;
        var sigmoid = Vector<float>.One / (Vector<float>.One + ExpFunction.Invoke(-x * Vector.MultiplyAddEstimate(square, new Vector<float>(Cubic), new Vector<float>(Linear))));
        var slope = Vector.MultiplyAddEstimate(square, new Vector<float>(3 * Cubic), new Vector<float>(Linear));
        var value = x * sigmoid;
        derivative = sigmoid + value * (Vector<float>.One - sigmoid) * slope;
        return value;
    }

    /// <inheritdoc/>
    public static float Invoke(float x, out float derivative)
    {
        var square = x * x;
        var sigmoid = 1 / (1 + MathF.Exp(-x * (square * Cubic + Linear)));
        var value = x * sigmoid;
        derivative = sigmoid + value * (1 - sigmoid) * (3 * Cubic * square + Linear);
        return value;
    }
}
