using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Numerics;

/// <summary>Element-wise functions, reductions and norms over rows of float32.</summary>
/// <remarks>
/// An output span is as long as its inputs and may be the same memory as one of them, but must not overlap it otherwise.
/// Reductions run in a fixed order: lane j of a vector sums the elements j, j + width, j + 2·width, …; then the lanes are added in a fixed order; then the elements
/// that fill no vector, in order. Vectors have 256 bits, put together of shorter ones where the processor has none so long, and products that are added to vectors are fused (<see cref="Fused"/>): every processor and every thread gives the same bits.
/// </remarks>
internal static partial class VectorMath
{
    /// <summary>x ← factor · x.</summary>
    public static void Scale(Span<float> x, float factor) => TensorPrimitives.Multiply(x, factor, x);

    /// <summary>y ← x + y.</summary>
    public static void Add(ReadOnlySpan<float> x, Span<float> y) => TensorPrimitives.Add(x, y, y);

    /// <summary>y ← factor · x + y, rounded once.</summary>
    public static void Axpy(float factor, ReadOnlySpan<float> x, Span<float> y)
    {
        CheckLengths(x.Length, y.Length);
        ref var from = ref MemoryMarshal.GetReference(x);
        ref var to = ref MemoryMarshal.GetReference(y);
        nuint i = 0;
        var length = (nuint)x.Length;
        var f = Vector256.Create(factor);
        for (; i + (nuint)Vector256<float>.Count <= length; i += (nuint)Vector256<float>.Count)
            Fused.MultiplyAdd(f, Vector256.LoadUnsafe(ref from, i), Vector256.LoadUnsafe(ref to, i)).StoreUnsafe(ref to, i);
        for (; i < length; i++) Unsafe.Add(ref to, i) = MathF.FusedMultiplyAdd(factor, Unsafe.Add(ref from, i), Unsafe.Add(ref to, i));
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
        var width = (nuint)Vector256<float>.Count;
        Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
        for (; i + 4 * width <= length; i += 4 * width)
        {
            s0 = Fused.MultiplyAdd(Vector256.LoadUnsafe(ref a, i), Vector256.LoadUnsafe(ref b, i), s0);
            s1 = Fused.MultiplyAdd(Vector256.LoadUnsafe(ref a, i + width), Vector256.LoadUnsafe(ref b, i + width), s1);
            s2 = Fused.MultiplyAdd(Vector256.LoadUnsafe(ref a, i + 2 * width), Vector256.LoadUnsafe(ref b, i + 2 * width), s2);
            s3 = Fused.MultiplyAdd(Vector256.LoadUnsafe(ref a, i + 3 * width), Vector256.LoadUnsafe(ref b, i + 3 * width), s3);
        }

        for (; i + width <= length; i += width) s0 = Fused.MultiplyAdd(Vector256.LoadUnsafe(ref a, i), Vector256.LoadUnsafe(ref b, i), s0);
        var sum = Total(s0 + s1 + (s2 + s3));
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
        if (x.Length >= Vector256<float>.Count)
        {
            var width = (nuint)Vector256<float>.Count;
            var m0 = Vector256.Create(max);
            var m1 = m0;
            for (; i + 2 * width <= length; i += 2 * width)
            {
                m0 = Vector256.MaxNative(m0, Vector256.LoadUnsafe(ref from, i));
                m1 = Vector256.MaxNative(m1, Vector256.LoadUnsafe(ref from, i + width));
            }

            if (i + width <= length)
            {
                m0 = Vector256.MaxNative(m0, Vector256.LoadUnsafe(ref from, i));
                i += width;
            }

            m0 = Vector256.MaxNative(m0, m1);
            for (var lane = 0; lane < Vector256<float>.Count; lane++) max = m0[lane] > max ? m0[lane] : max;
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

    /// <summary>The sum of four lanes: (0 + 2) + (1 + 3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Total(Vector128<float> lanes) => lanes[0] + lanes[2] + (lanes[1] + lanes[3]);

    // Halves are added, then their halves, down to one number.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Total(Vector256<float> lanes) => Total(lanes.GetLower() + lanes.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Total(Vector256<double> low, Vector256<double> high)
    {
        var four = low + high;
        var two = four.GetLower() + four.GetUpper();
        return two[0] + two[1];
    }

    private static void CheckLengths(int x, int y)
    {
        if (x != y) throw new ArgumentException($"the spans differ in length: {x} and {y}");
    }
}
