using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Pare.Numerics;

/// <summary>a · b + c, rounded once: one instruction where the processor has it, else by its definition, so that every processor gives the same bits.</summary>
internal static class Fused
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) => Fma.IsSupported
        ? Fma.MultiplyAdd(a, b, c)
        : Vector256.Create(MultiplyAdd(a.GetLower(), b.GetLower(), c.GetLower()), MultiplyAdd(a.GetUpper(), b.GetUpper(), c.GetUpper()));

    /// <inheritdoc cref="MultiplyAdd(Vector256{float}, Vector256{float}, Vector256{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c)
    {
        if (Fma.IsSupported || AdvSimd.IsSupported || !Sse2.IsSupported) return Vector128.FusedMultiplyAdd(a, b, c);
        return InDoublePrecision(a, b, c);
    }

    /// <summary>The definition for processors whose vectors do not fuse.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Vector128<float> InDoublePrecision(Vector128<float> a, Vector128<float> b, Vector128<float> c) => Sse.MoveLowToHigh(
        Two(Sse2.ConvertToVector128Double(a), Sse2.ConvertToVector128Double(b), Sse2.ConvertToVector128Double(c)),
        Two(Sse2.ConvertToVector128Double(Sse.MoveHighToLow(a, a)), Sse2.ConvertToVector128Double(Sse.MoveHighToLow(b, b)), Sse2.ConvertToVector128Double(Sse.MoveHighToLow(c, c))));

    // The product is exact. The sum is rounded to odd: of the two doubles around an inexact one the odd one is taken, after which rounding to float32 is right
    // (Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to odd", 2008).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Two(Vector128<double> a, Vector128<double> b, Vector128<double> c)
    {
        var product = a * b;
        var sum = product + c;
        var part = sum - product;
        var error = product - (sum - part) + (c - part);
        var isInexact = (Vector128.LessThan(error, Vector128<double>.Zero) | Vector128.GreaterThan(error, Vector128<double>.Zero)).AsInt64();
        var bits = sum.AsInt64();
        var isEven = (bits & Vector128<long>.One) - Vector128<long>.One;
        var differs = (bits ^ error.AsInt64()) >>> 63;
        var step = Vector128<long>.One - differs - differs;
        return Sse2.ConvertToVector128Single((bits + (step & isInexact & isEven)).AsDouble());
    }
}
