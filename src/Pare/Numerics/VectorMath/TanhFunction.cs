using System.Numerics;
using System.Runtime.CompilerServices;

namespace Pare.Numerics;

/// <summary>tanh x: its series up to x¹⁵ below 0.55, else 1 − 2 / (1 + e^(2|x|)) with the sign of x.</summary>
internal readonly struct TanhFunction : IVectorFunction
{
    private const float Near = 0.55f;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Invoke(Vector<float> x)
    {
        var size = Vector.Abs(x);
        var square = x * x;
        var p = new Vector<float>(-929569f / 638512875);
        p = Vector.MultiplyAddEstimate(p, square, new Vector<float>(21844f / 6081075));
        p = Vector.MultiplyAddEstimate(p, square, new Vector<float>(-1382f / 155925));
        p = Vector.MultiplyAddEstimate(p, square, new Vector<float>(62f / 2835));
        p = Vector.MultiplyAddEstimate(p, square, new Vector<float>(-17f / 315));
        p = Vector.MultiplyAddEstimate(p, square, new Vector<float>(2f / 15));
        p = Vector.MultiplyAddEstimate(p, square, new Vector<float>(-1f / 3));
        p = Vector.MultiplyAddEstimate(p * square, x, x);
        var far = Vector<float>.One - new Vector<float>(2f) / (Vector<float>.One + ExpFunction.Invoke(size + size));
        var signed = Vector.CopySign(far, x);
        return Vector.ConditionalSelect(Vector.LessThan(size, new Vector<float>(Near)), p, signed);
    }

    /// <inheritdoc/>
    public static float Invoke(float x) => MathF.Tanh(x);
}
