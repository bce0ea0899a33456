using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pare.Numerics;

/// <summary>Element-wise functions, reductions and norms over rows of float32.</summary>
/// <remarks>
/// An output span is as long as its inputs and may be the same memory as one of them, but must not overlap it otherwise.
/// Reductions run in a fixed order: lane j of a vector sums the elements j, j + width, j + 2·width, …; then the lanes are added in a fixed order; then the elements
/// that fill no vector, in order. Vectors are those of <see cref="Vector{T}"/>: 256 bits with AVX2 and with AVX-512, so that
/// both give the same bits (unless <c>DOTNET_MaxVectorTBitWidth</c> asks for longer ones), 128 without. The order never depends on the thread.
/// </remarks>
internal static partial class VectorMath
{
    /// <summary>x ← factor · x.</summary>
    public static void Scale(Span<float> x, float factor) => TensorPrimitives.Multiply(x, factor, x);

    /// <summary>y ← x + y.</summary>
    public static void Add(ReadOnlySpan<float> x, Span<float> y) => TensorPrimitives.Add(x, y, y);

    /// <summary>y ← factor · x + y, fused where the processor fuses.</summary>
    public static void Axpy(float factor, ReadOnlySpan<float> x, Span<float> y)
    {
        CheckLengths(x.Length, y.Length);
        ref var from = ref MemoryMarshal.GetReference(x);
        ref var to = ref MemoryMarshal.GetReference(y);
        nuint i = 0;
        var length = (nuint)x.Length;
        if (Vector.IsHardwareAccelerated)
        {
            var f = new Vector<float>(factor);
            for (; i + (nuint)Vector<float>.Count <= length; i += (nuint)Vector<float>.Count)
                Vector.MultiplyAddEstimate(f, Vector.LoadUnsafe(ref from, i), Vector.LoadUnsafe(ref to, i)).StoreUnsafe(ref to, i);
        }

        for (; i < length; i++) Unsafe.Add(ref to, i) = float.MultiplyAddEstimate(factor, Unsafe.Add(ref from, i), Unsafe.Add(ref to, i));
    }

    /// <summary>y ← max(x, 0).</summary>
    public static void Relu(ReadOnlySpan<float> x, Span<float> y) => TensorPrimitives.Max(x, 0f, y);

    /// <summary>Σ x·y in float32, four vectors of partial sums: vector v sums the products of vectors v, v + 4, v + 8, … of the spans.</summary>
    public static float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        CheckLengths(x.Length, y.Length);
        ref var a = ref MemoryMarshal.GetReference(x);
        ref var b = ref MemoryMarshal.GetReference(y);
        nuint i = 0;
        var length = (nuint)x.Length;
        var sum = 0f;
        if (Vector.IsHardwareAccelerated)
        {
            var width = (nuint)Vector<float>.Count;
            Vector<float> s0 = default, s1 = default, s2 = default, s3 = default;
            for (; i + 4 * width <= length; i += 4 * width)
            {
                s0 = Vector.MultiplyAddEstimate(Vector.LoadUnsafe(ref a, i), Vector.LoadUnsafe(ref b, i), s0);
                s1 = Vector.MultiplyAddEstimate(Vector.LoadUnsafe(ref a, i + width), Vector.LoadUnsafe(ref b, i + width), s1);
                s2 = Vector.MultiplyAddEstimate(Vector.LoadUnsafe(ref a, i + 2 * width), Vector.LoadUnsafe(ref b, i + 2 * width), s2);
                s3 = Vector.MultiplyAddEstimate(Vector.LoadUnsafe(ref a, i + 3 * width), Vector.LoadUnsafe(ref b, i + 3 * width), s3);
            }

            for (; i + width <= length; i += width) s0 = Vector.MultiplyAddEstimate(Vector.LoadUnsafe(ref a, i), Vector.LoadUnsafe(ref b, i), s0);
            sum = Vector.Sum(s0 + s1 + (s2 + s3));
        }

        for (; i < length; i++) sum += Unsafe.Add(ref a, i) * Unsafe.Add(ref b, i);
        return sum;
    }

    /// <summary>The largest element, −∞ of none. Undefined where an element is not a number.</summary>
    public static float Max(ReadOnlySpan<float> x)
    {
        ref var from = ref MemoryMarshal.GetReference(x);
        nuint i = 0;
        var length = (nuint)x.Length;
        var max = float.NegativeInfinity;
        if (Vector.IsHardwareAccelerated && x.Length >= Vector<float>.Count)
        {
            var width = (nuint)Vector<float>.Count;
            var m0 = new Vector<float>(max);
            var m1 = m0;
            for (; i + 2 * width <= length; i += 2 * width)
            {
                m0 = Vector.MaxNative(m0, Vector.LoadUnsafe(ref from, i));
                m1 = Vector.MaxNative(m1, Vector.LoadUnsafe(ref from, i + width));
            }

            if (i + width <= length)
            {
                m0 = Vector.MaxNative(m0, Vector.LoadUnsafe(ref from, i));
                i += width;
            }

            m0 = Vector.MaxNative(m0, m1);
            for (var lane = 0; lane < Vector<float>.Count; lane++) max = m0[lane] > max ? m0[lane] : max;
        }

        for (; i < length; i++)
        {
            var value = Unsafe.Add(ref from, i);
            max = value > max ? value : max;
        }

        return max;
    }

    /// <summary>Index of the largest element, the first of equals; −1 of none. The first element that is not a number counts as largest.</summary>
    public static int IndexOfMax(ReadOnlySpan<float> x) => TensorPrimitives.IndexOfMax(x);

    private static void CheckLengths(int x, int y)
    {
        if (x != y) throw new ArgumentException($"the spans differ in length: {x} and {y}");
    }
}
