using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pare.Numerics;

/// <summary>tanh x: its series up to x¹⁵ below 0.55, else 1 − 2 / (1 + e^(2|x|)) with the sign of x.</summary>
internal readonly struct TanhFunction : IVectorFunction
{
    private const float Near = 0.55f;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Invoke(Vector256<float> x)
    {
        var size = Vector256.Abs(x);
        var square = x * x;
        var p = Vector256.Create(-929569f / 638512875);
        p = Fused.MultiplyAdd(p, square, Vector256.Create(21844f / 6081075));
        p = Fused.MultiplyAdd(p, square, Vector256.Create(-1382f / 155925));
        p = Fused.MultiplyAdd(p, square, Vector256.Create(62f / 2835));
        p = Fused.MultiplyAdd(p, square, Vector256.Create(-17f / 315));
        p = Fused.MultiplyAdd(p, square, Vector256.Create(2f / 15));
        p = Fused.MultiplyAdd(p, square, Vector256.Create(-1f / 3));
        p = Fused.MultiplyAdd(p * square, x, x);
        var far = Vector256<float>.One - Vector256.Create(2f) / (Vector256<float>.One + ExpFunction.Invoke(size + size));
        var signed = Vector256.CopySign(far, x);
        return Vector256.ConditionalSelect(Vector256.LessThan(size, Vector256.Create(Near)), p, signed);
    }
}
