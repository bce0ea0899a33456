using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Scores of a few queries with a run of keys.</summary>
/// <remarks>A score has the same bits wherever its key lies, and on every processor.</remarks>
internal static unsafe class AttentionScores
{
    /// <summary>
    /// scores[g, j] = scale · Σ q[g, c] k[j, c], summed in lanes (c mod 16) and then over lanes:
    /// a quarter of them is (s₀ + s₂) + (s₁ + s₃), and quarters are added pair by pair. Sizes that are no multiple of 16 take <see cref="VectorMath.Dot"/>.
    /// </summary>
    /// <param name="q">[group, size].</param>
    /// <param name="group">Queries.</param>
    /// <param name="size">Channels.</param>
    /// <param name="k">[keys, size].</param>
    /// <param name="keys">Keys.</param>
    /// <param name="scale">Factor.</param>
    /// <param name="scores">[group, <paramref name="stride"/>], of which the first columns are written.</param>
    /// <param name="stride">Columns of the scores.</param>
    public static void Run(float* q, int group, int size, float* k, int keys, float scale, float* scores, int stride)
    {
        var j = 0;
        if (size % 16 != 0)
        {
            for (; j < keys; j++)
            {
                var key = new ReadOnlySpan<float>(k + (long)j * size, size);
                for (var g = 0; g < group; g++) scores[(long)g * stride + j] = VectorMath.Dot(new ReadOnlySpan<float>(q + g * size, size), key) * scale;
            }

            return;
        }

        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported)
        {
            for (; j + 16 <= keys; j += 16)
            {
                for (var g = 0; g < group; g++) (Sixteen(q + g * size, k + (long)j * size, size) * scale).Store(scores + (long)g * stride + j);
            }
        }

        if (Avx.IsSupported && Fma.IsSupported)
        {
            for (; j + 4 <= keys; j += 4)
            {
                for (var g = 0; g < group; g++) (Four(q + g * size, k + (long)j * size, size) * scale).Store(scores + (long)g * stride + j);
            }
        }

        for (; j < keys; j++)
        {
            for (var g = 0; g < group; g++) scores[(long)g * stride + j] = One(q + g * size, k + (long)j * size, size) * scale;
        }
    }

    // Sixteen keys: their lanes are added in four rounds, each of which halves the number of vectors.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static Vector512<float> Sixteen(float* q, float* k, int size)
    {
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        Vector512<float> s8 = default, s9 = default, s10 = default, s11 = default, s12 = default, s13 = default, s14 = default, s15 = default;
        var eight = k + 8 * size;
        for (var c = 0; c < size; c += 16, k += 16, eight += 16)
        {
            var x = Vector512.Load(q + c);
            s0 = Vector512.FusedMultiplyAdd(x, Vector512.Load(k), s0);
            s1 = Vector512.FusedMultiplyAdd(x, Vector512.Load(k + size), s1);
            s2 = Vector512.FusedMultiplyAdd(x, Vector512.Load(k + 2 * size), s2);
            s3 = Vector512.FusedMultiplyAdd(x, Vector512.Load(k + 3 * size), s3);
            s4 = Vector512.FusedMultiplyAdd(x, Vector512.Load(k + 4 * size), s4);
            s5 = Vector512.FusedMultiplyAdd(x, Vector512.Load(k + 5 * size), s5);
            s6 = Vector512.FusedMultiplyAdd(x, Vector512.Load(k + 6 * size), s6);
            s7 = Vector512.FusedMultiplyAdd(x, Vector512.Load(k + 7 * size), s7);
            s8 = Vector512.FusedMultiplyAdd(x, Vector512.Load(eight), s8);
            s9 = Vector512.FusedMultiplyAdd(x, Vector512.Load(eight + size), s9);
            s10 = Vector512.FusedMultiplyAdd(x, Vector512.Load(eight + 2 * size), s10);
            s11 = Vector512.FusedMultiplyAdd(x, Vector512.Load(eight + 3 * size), s11);
            s12 = Vector512.FusedMultiplyAdd(x, Vector512.Load(eight + 4 * size), s12);
            s13 = Vector512.FusedMultiplyAdd(x, Vector512.Load(eight + 5 * size), s13);
            s14 = Vector512.FusedMultiplyAdd(x, Vector512.Load(eight + 6 * size), s14);
            s15 = Vector512.FusedMultiplyAdd(x, Vector512.Load(eight + 7 * size), s15);
        }

        return Halves(Quarters(s0, s1, s2, s3), Quarters(s4, s5, s6, s7), Quarters(s8, s9, s10, s11), Quarters(s12, s13, s14, s15));
    }

    // In each 128 bits the sums of those 128 bits of a, b, c and d.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Quarters(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        var ab = Avx512F.UnpackLow(a, b) + Avx512F.UnpackHigh(a, b);
        var cd = Avx512F.UnpackLow(c, d) + Avx512F.UnpackHigh(c, d);
        return Avx512F.Shuffle(ab, cd, 0x44) + Avx512F.Shuffle(ab, cd, 0xEE);
    }

    // The sums of the four 128 bits of each vector, one after another.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Halves(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        var ab = Avx512F.Shuffle4x128(a, b, 0x88) + Avx512F.Shuffle4x128(a, b, 0xDD);
        var cd = Avx512F.Shuffle4x128(c, d, 0x88) + Avx512F.Shuffle4x128(c, d, 0xDD);
        return Avx512F.Shuffle4x128(ab, cd, 0x88) + Avx512F.Shuffle4x128(ab, cd, 0xDD);
    }

    // Four keys with two vectors each, so that additions do not wait for each other.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static Vector128<float> Four(float* q, float* k, int size)
    {
        Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        for (var c = 0; c < size; c += 16, k += 16)
        {
            var x0 = Vector256.Load(q + c);
            var x1 = Vector256.Load(q + c + 8);
            a0 = Fma.MultiplyAdd(x0, Vector256.Load(k), a0);
            a1 = Fma.MultiplyAdd(x1, Vector256.Load(k + 8), a1);
            b0 = Fma.MultiplyAdd(x0, Vector256.Load(k + size), b0);
            b1 = Fma.MultiplyAdd(x1, Vector256.Load(k + size + 8), b1);
            c0 = Fma.MultiplyAdd(x0, Vector256.Load(k + 2 * size), c0);
            c1 = Fma.MultiplyAdd(x1, Vector256.Load(k + 2 * size + 8), c1);
            d0 = Fma.MultiplyAdd(x0, Vector256.Load(k + 3 * size), d0);
            d1 = Fma.MultiplyAdd(x1, Vector256.Load(k + 3 * size + 8), d1);
        }

        var low = Quarters(a0, b0, c0, d0);
        var high = Quarters(a1, b1, c1, d1);
        return low.GetLower() + low.GetUpper() + (high.GetLower() + high.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Quarters(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d)
    {
        var ab = Avx.UnpackLow(a, b) + Avx.UnpackHigh(a, b);
        var cd = Avx.UnpackLow(c, d) + Avx.UnpackHigh(c, d);
        return Avx.Shuffle(ab, cd, 0x44) + Avx.Shuffle(ab, cd, 0xEE);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float One(float* q, float* k, int size)
    {
        Vector128<float> s0 = default, s1 = default, s2 = default, s3 = default;
        for (var c = 0; c < size; c += 16)
        {
            s0 = Fused.MultiplyAdd(Vector128.Load(q + c), Vector128.Load(k + c), s0);
            s1 = Fused.MultiplyAdd(Vector128.Load(q + c + 4), Vector128.Load(k + c + 4), s1);
            s2 = Fused.MultiplyAdd(Vector128.Load(q + c + 8), Vector128.Load(k + c + 8), s2);
            s3 = Fused.MultiplyAdd(Vector128.Load(q + c + 12), Vector128.Load(k + c + 12), s3);
        }

        return VectorMath.Total(s0) + VectorMath.Total(s1) + (VectorMath.Total(s2) + VectorMath.Total(s3));
    }
}
