using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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
    public static Vector256<float> Invoke(Vector256<float> x)
    {
        var bounded = Vector256.MinNative(Vector256.MaxNative(x, Vector256.Create(Lowest)), Vector256.Create(Highest));
        var p = Reduced(bounded, out var whole);
        var half = Vector256.ShiftRightArithmetic(whole, 1);
        var bias = Vector256.Create(127);
        var first = Vector256.ShiftLeft(half + bias, 23).AsSingle();
        var second = Vector256.ShiftLeft(whole - half + bias, 23).AsSingle();
        return Vector256.ConditionalSelect(Vector256.Equals(x, x), p * first * second, x);
    }

    /// <summary>eˣ for x ≤ 0, 0 where that is below 2⁻¹²⁶: there n is bounded by −127, whose power of two has the bits of 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> OfNegative(Vector256<float> x)
    {
        var p = Reduced(Vector256.MaxNative(x, Vector256.Create(LowestNormal)), out var whole);
        var scale = Vector256.ShiftLeft(whole + Vector256.Create(127), 23).AsSingle();
        return Vector256.ConditionalSelect(Vector256.Equals(x, x), p * scale, x);
    }

    // eʳ and n.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Reduced(Vector256<float> bounded, out Vector256<int> whole)
    {
        var n = Vector256.Round(bounded * Log2E);
        whole = Vector256.ConvertToInt32Native(n);
        var r = Fused.MultiplyAdd(n, Vector256.Create(-Ln2High), bounded);
        r = Fused.MultiplyAdd(n, Vector256.Create(-Ln2Low), r);
        var p = Vector256.Create(1f / 5040);
        p = Fused.MultiplyAdd(p, r, Vector256.Create(1f / 720));
        p = Fused.MultiplyAdd(p, r, Vector256.Create(1f / 120));
        p = Fused.MultiplyAdd(p, r, Vector256.Create(1f / 24));
        p = Fused.MultiplyAdd(p, r, Vector256.Create(1f / 6));
        p = Fused.MultiplyAdd(p, r, Vector256.Create(0.5f));
        p = Fused.MultiplyAdd(p, r, Vector256<float>.One);
        return Fused.MultiplyAdd(p, r, Vector256<float>.One);
    }
}
