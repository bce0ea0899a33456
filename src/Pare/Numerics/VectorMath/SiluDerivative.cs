using System.Numerics;
using System.Runtime.CompilerServices;

namespace Pare.Numerics;

/// <summary>x·σ(x); derivative σ(x)·(1 + x·(1 − σ(x))).</summary>
internal readonly struct SiluDerivative : IVectorDerivative
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Invoke(Vector<float> x, out Vector<float> derivative)
    {
        var sigmoid = Vector<float>.One / (Vector<float>.One + ExpFunction.Invoke(-x));
        var value = x * sigmoid;
        derivative = sigmoid + value * (Vector<float>.One - sigmoid);
        return value;
    }

    /// <inheritdoc/>
    public static float Invoke(float x, out float derivative)
    {
        var sigmoid = 1 / (1 + MathF.Exp(-x));
        var value = x * sigmoid;
        derivative = sigmoid + value * (1 - sigmoid);
        return value;
    }
}
