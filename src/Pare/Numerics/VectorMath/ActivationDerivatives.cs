using System.Numerics;
using System.Runtime.CompilerServices;

namespace Pare.Numerics;

/// <summary>A function of one variable with its derivative, both at once.</summary>
internal interface IVectorDerivative
{
    /// <summary>f(x) and f′(x).</summary>
    static abstract Vector<float> Invoke(Vector<float> x, out Vector<float> derivative);

    /// <summary>f(x) and f′(x).</summary>
    static abstract float Invoke(float x, out float derivative);
}

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
