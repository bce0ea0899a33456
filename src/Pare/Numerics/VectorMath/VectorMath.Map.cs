using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Numerics;

internal static partial class VectorMath
{
    /// <summary>y ← eˣ; relative error at most 2·2⁻²³ (two units in the last place) where the result is a normal number; 0 below −104, ∞ above 88.73.</summary>
    public static void Exp(ReadOnlySpan<float> x, Span<float> y) => Map<ExpFunction>(x, y);

    /// <summary>y ← x / (1 + e⁻ˣ); relative error at most 5·2⁻²⁴ for x above −87.</summary>
    public static void Silu(ReadOnlySpan<float> x, Span<float> y) => Map<SiluFunction>(x, y);

    /// <summary>y ← gate / (1 + e⁻ᵍᵃᵗᵉ) · up (SwiGLU).</summary>
    public static void SiluMultiply(ReadOnlySpan<float> gate, ReadOnlySpan<float> up, Span<float> y) => MapMultiply<SiluFunction>(gate, up, y);

    /// <summary>y ← x · Φ(x) with Φ the distribution of the normal law (GELU by erf); relative error at most 1e-6 for x above −13.</summary>
    public static void Gelu(ReadOnlySpan<float> x, Span<float> y) => Map<GeluFunction>(x, y);

    /// <summary>y ← GELU by erf of gate, times up.</summary>
    public static void GeluMultiply(ReadOnlySpan<float> gate, ReadOnlySpan<float> up, Span<float> y) => MapMultiply<GeluFunction>(gate, up, y);

    /// <summary>y ← x / 2 · (1 + tanh(√(2/π) · (x + 0.044715·x³))) (GELU by tanh); error at most 1e-6 · |y| + 1e-7 · min(|x|, 1).</summary>
    public static void GeluTanh(ReadOnlySpan<float> x, Span<float> y) => Map<GeluTanhFunction>(x, y);

    /// <summary>y ← GELU by tanh of gate, times up (GeGLU).</summary>
    public static void GeluTanhMultiply(ReadOnlySpan<float> gate, ReadOnlySpan<float> up, Span<float> y) => MapMultiply<GeluTanhFunction>(gate, up, y);

    /// <summary>y ← tanh x; relative error at most 5·2⁻²⁴.</summary>
    public static void Tanh(ReadOnlySpan<float> x, Span<float> y) => Map<TanhFunction>(x, y);

    /// <summary>x ← cap · tanh(x / cap); relative error at most 8·2⁻²⁴.</summary>
    public static void Softcap(Span<float> x, float cap)
    {
        Scale(x, 1 / cap);
        Map<TanhFunction>(x, x);
        Scale(x, cap);
    }

    private static void Map<TFunction>(ReadOnlySpan<float> x, Span<float> y)
        where TFunction : struct, IVectorFunction
    {
        CheckLengths(x.Length, y.Length);
        ref var from = ref MemoryMarshal.GetReference(x);
        ref var to = ref MemoryMarshal.GetReference(y);
        nuint i = 0;
        var length = (nuint)x.Length;
        for (; i + (nuint)Vector256<float>.Count <= length; i += (nuint)Vector256<float>.Count) TFunction.Invoke(Vector256.LoadUnsafe(ref from, i)).StoreUnsafe(ref to, i);
        if (i < length) StorePart(TFunction.Invoke(LoadPart(x[(int)i..], 0)), y[(int)i..]);
    }

    private static void MapMultiply<TFunction>(ReadOnlySpan<float> x, ReadOnlySpan<float> factor, Span<float> y)
        where TFunction : struct, IVectorFunction
    {
        CheckLengths(x.Length, y.Length);
        CheckLengths(factor.Length, y.Length);
        ref var from = ref MemoryMarshal.GetReference(x);
        ref var by = ref MemoryMarshal.GetReference(factor);
        ref var to = ref MemoryMarshal.GetReference(y);
        nuint i = 0;
        var length = (nuint)x.Length;
        for (; i + (nuint)Vector256<float>.Count <= length; i += (nuint)Vector256<float>.Count)
            (TFunction.Invoke(Vector256.LoadUnsafe(ref from, i)) * Vector256.LoadUnsafe(ref by, i)).StoreUnsafe(ref to, i);
        if (i < length) StorePart(TFunction.Invoke(LoadPart(x[(int)i..], 0)) * LoadPart(factor[(int)i..], 0), y[(int)i..]);
    }

    private static Vector256<float> LoadPart(ReadOnlySpan<float> x, float fill)
    {
        var whole = Vector256.Create(fill);
        x.CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.As<Vector256<float>, float>(ref whole), Vector256<float>.Count));
        return whole;
    }

    private static void StorePart(Vector256<float> value, Span<float> y) =>
        MemoryMarshal.CreateSpan(ref Unsafe.As<Vector256<float>, float>(ref value), y.Length).CopyTo(y);
}
