using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Scores of a few queries with a run of keys.</summary>
internal static unsafe class AttentionScores
{
    /// <summary>scores[g, j] = scale · Σ q[g, c] k[j, c], summed in lanes c mod 8 and then over lanes.</summary>
    /// <param name="q">[group, size].</param>
    /// <param name="group">Queries.</param>
    /// <param name="size">Channels.</param>
    /// <param name="k">[keys, size].</param>
    /// <param name="keys">Keys.</param>
    /// <param name="scale">Factor.</param>
    /// <param name="scores">[group, keys].</param>
    public static void Run(float* q, int group, int size, float* k, int keys, float scale, float* scores)
    {
        var whole = Avx.IsSupported && Fma.IsSupported && size % 8 == 0 ? keys / 8 * 8 : 0;
        for (var j = 0; j < whole; j += 8)
        {
            for (var g = 0; g < group; g++) (Eight(q + g * size, k + (long)j * size, size) * scale).Store(scores + (long)g * keys + j);
        }

        for (var j = whole; j < keys; j++)
        {
            var key = new ReadOnlySpan<float>(k + (long)j * size, size);
            for (var g = 0; g < group; g++) scores[(long)g * keys + j] = VectorMath.Dot(new ReadOnlySpan<float>(q + g * size, size), key) * scale;
        }
    }

    // Eight keys, so that additions do not wait for each other.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static Vector256<float> Eight(float* q, float* k, int size)
    {
        Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        for (var c = 0; c < size; c += 8, k += 8)
        {
            var x = Vector256.Load(q + c);
            s0 = Fma.MultiplyAdd(x, Vector256.Load(k), s0);
            s1 = Fma.MultiplyAdd(x, Vector256.Load(k + size), s1);
            s2 = Fma.MultiplyAdd(x, Vector256.Load(k + 2 * size), s2);
            s3 = Fma.MultiplyAdd(x, Vector256.Load(k + 3 * size), s3);
            s4 = Fma.MultiplyAdd(x, Vector256.Load(k + 4 * size), s4);
            s5 = Fma.MultiplyAdd(x, Vector256.Load(k + 5 * size), s5);
            s6 = Fma.MultiplyAdd(x, Vector256.Load(k + 6 * size), s6);
            s7 = Fma.MultiplyAdd(x, Vector256.Load(k + 7 * size), s7);
        }

        return Vector256.Create(Four(s0, s1, s2, s3), Four(s4, s5, s6, s7));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Four(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d)
    {
        var sums = Avx.HorizontalAdd(Avx.HorizontalAdd(a, b), Avx.HorizontalAdd(c, d));
        return sums.GetLower() + sums.GetUpper();
    }
}
