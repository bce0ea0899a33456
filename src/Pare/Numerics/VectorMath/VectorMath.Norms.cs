using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Numerics;

internal static partial class VectorMath
{
    /// <summary>y ← x / √(mean(x²) + epsilon) · weight. The mean is kept in double precision; relative error of each element at most 4·2⁻²⁴.</summary>
    public static void RmsNorm(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, float epsilon, Span<float> y)
    {
        CheckLengths(x.Length, y.Length);
        CheckLengths(weight.Length, y.Length);
        var factor = (float)(1 / Math.Sqrt(Moments(x).Squares / x.Length + epsilon));
        ref var from = ref MemoryMarshal.GetReference(x);
        ref var by = ref MemoryMarshal.GetReference(weight);
        ref var to = ref MemoryMarshal.GetReference(y);
        nuint i = 0;
        var length = (nuint)x.Length;
        var factors = Vector256.Create(factor);
        for (; i + (nuint)Vector256<float>.Count <= length; i += (nuint)Vector256<float>.Count)
            (Vector256.LoadUnsafe(ref from, i) * factors * Vector256.LoadUnsafe(ref by, i)).StoreUnsafe(ref to, i);
        for (; i < length; i++) Unsafe.Add(ref to, i) = Unsafe.Add(ref from, i) * factor * Unsafe.Add(ref by, i);
    }

    /// <summary>y ← (x − mean(x)) / √(variance(x) + epsilon) · weight + bias. Mean and variance (of the population) are kept in double precision.</summary>
    /// <remarks>An empty bias is none. Error of an element at most (4·|y| + 2·(|bias| + |weight·mean|/√(variance + epsilon)))·2⁻²⁴.</remarks>
    public static void LayerNorm(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, float epsilon, Span<float> y)
    {
        CheckLengths(x.Length, y.Length);
        CheckLengths(weight.Length, y.Length);
        if (!bias.IsEmpty) CheckLengths(bias.Length, y.Length);
        var (sum, squares) = Moments(x);
        var exactMean = sum / x.Length;
        var variance = Math.Max(0, squares / x.Length - exactMean * exactMean);
        var mean = (float)exactMean;
        var factor = (float)(1 / Math.Sqrt(variance + epsilon));
        ref var from = ref MemoryMarshal.GetReference(x);
        ref var by = ref MemoryMarshal.GetReference(weight);
        ref var to = ref MemoryMarshal.GetReference(y);
        nuint i = 0;
        var length = (nuint)x.Length;
        var means = Vector256.Create(mean);
        var factors = Vector256.Create(factor);
        for (; i + (nuint)Vector256<float>.Count <= length; i += (nuint)Vector256<float>.Count)
            ((Vector256.LoadUnsafe(ref from, i) - means) * factors * Vector256.LoadUnsafe(ref by, i)).StoreUnsafe(ref to, i);
        for (; i < length; i++) Unsafe.Add(ref to, i) = (Unsafe.Add(ref from, i) - mean) * factor * Unsafe.Add(ref by, i);
        if (!bias.IsEmpty) Add(bias, y);
    }

    /// <summary>Σ x and Σ x² in double precision: the squares are exact.</summary>
    public static (double Sum, double Squares) Moments(ReadOnlySpan<float> x)
    {
        ref var from = ref MemoryMarshal.GetReference(x);
        nuint i = 0;
        var length = (nuint)x.Length;
        Vector256<double> sumLow = default, sumHigh = default, squaresLow = default, squaresHigh = default;
        for (; i + (nuint)Vector256<float>.Count <= length; i += (nuint)Vector256<float>.Count)
        {
            var (low, high) = Vector256.Widen(Vector256.LoadUnsafe(ref from, i));
            sumLow += low;
            sumHigh += high;
            squaresLow += low * low;
            squaresHigh += high * high;
        }

        var sum = Total(sumLow, sumHigh);
        var squares = Total(squaresLow, squaresHigh);
        for (; i < length; i++)
        {
            double value = Unsafe.Add(ref from, i);
            sum += value;
            squares += value * value;
        }

        return (sum, squares);
    }
}
