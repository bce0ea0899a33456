using System.Numerics;
using System.Runtime.CompilerServices;

namespace Pare.Numerics;

/// <summary>eˣ = 2ⁿ · eʳ with n = round(x / ln 2), |r| ≤ ln 2 / 2.</summary>
/// <remarks>ln 2 is split in two so that n times its first part is exact. The series of eʳ up to r⁷ leaves 8e-9. 2ⁿ is applied in two halves, so that results below 2⁻¹²⁶ and n = 128 come out right.</remarks>
internal readonly struct ExpFunction : IVectorFunction
{
    private const float Lowest = -104f;
    private const float LowestNormal = -88f;
    private const float Highest = 89f;
    private const float Log2E = 1.44269504f;
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Invoke(Vector<float> x)
    {
        var bounded = Vector.MinNative(Vector.MaxNative(x, new Vector<float>(Lowest)), new Vector<float>(Highest));
        var p = Reduced(bounded, out var whole);
        var half = Vector.ShiftRightArithmetic(whole, 1);
        var bias = new Vector<int>(127);
        var first = Vector.AsVectorSingle(Vector.ShiftLeft(half + bias, 23));
        var second = Vector.AsVectorSingle(Vector.ShiftLeft(whole - half + bias, 23));
        return Vector.ConditionalSelect(Vector.Equals(x, x), p * first * second, x);
    }

    /// <summary>eˣ for x ≤ 0, 0 where that is below 2⁻¹²⁶: there n is bounded by −127, whose power of two has the bits of 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> OfNegative(Vector<float> x)
    {
        var p = Reduced(Vector.MaxNative(x, new Vector<float>(LowestNormal)), out var whole);
        var scale = Vector.AsVectorSingle(Vector.ShiftLeft(whole + new Vector<int>(127), 23));
        return Vector.ConditionalSelect(Vector.Equals(x, x), p * scale, x);
    }

    /// <inheritdoc/>
    public static float Invoke(float x) => MathF.Exp(x);

    // eʳ and n.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Reduced(Vector<float> bounded, out Vector<int> whole)
    {
        var n = Vector.Round(bounded * Log2E);
        whole = Vector.ConvertToInt32Native(n);
        var r = Vector.MultiplyAddEstimate(n, new Vector<float>(-Ln2High), bounded);
        r = Vector.MultiplyAddEstimate(n, new Vector<float>(-Ln2Low), r);
        var p = new Vector<float>(1f / 5040);
        p = Vector.MultiplyAddEstimate(p, r, new Vector<float>(1f / 720));
        p = Vector.MultiplyAddEstimate(p, r, new Vector<float>(1f / 120));
        p = Vector.MultiplyAddEstimate(p, r, new Vector<float>(1f / 24));
        p = Vector.MultiplyAddEstimate(p, r, new Vector<float>(1f / 6));
        p = Vector.MultiplyAddEstimate(p, r, new Vector<float>(0.5f));
        p = Vector.MultiplyAddEstimate(p, r, Vector<float>.One);
        return Vector.MultiplyAddEstimate(p, r, Vector<float>.One);
    }
}
