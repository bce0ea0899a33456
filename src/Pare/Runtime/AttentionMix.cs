using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Values of a run of keys, mixed by their weights.</summary>
internal static unsafe class AttentionMix
{
    /// <summary>mixed[g, c] += Σ_j weights[g, j] · v[j, c], added one by one in the order of j.</summary>
    /// <param name="weights">[group, <paramref name="stride"/>], of which the first columns are read.</param>
    /// <param name="stride">Columns of the weights.</param>
    /// <param name="group">Queries.</param>
    /// <param name="size">Channels.</param>
    /// <param name="v">[keys, size].</param>
    /// <param name="keys">Keys.</param>
    /// <param name="mixed">[group, size].</param>
    public static void Add(float* weights, int stride, int group, int size, float* v, int keys, float* mixed)
    {
        var g = 0;
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported && size % 64 == 0)
        {
            for (; g + 2 <= group; g += 2)
            {
                for (var c = 0; c < size; c += 64) Pair(weights + (long)g * stride, stride, v + c, size, keys, mixed + g * size + c);
            }
        }

        for (; g < group; g++)
        {
            var at = weights + (long)g * stride;
            var target = mixed + g * size;
            var c = 0;
            if (Avx.IsSupported && Fma.IsSupported)
            {
                for (; c + 64 <= size; c += 64) SixtyFour(at, v + c, size, keys, target + c);
                for (; c + 16 <= size; c += 16) Sixteen(at, v + c, size, keys, target + c);
            }

            if (c == size) continue;
            var rest = new Span<float>(target + c, size - c);
            for (var j = 0; j < keys; j++) VectorMath.Axpy(at[j], new ReadOnlySpan<float>(v + (long)j * size + c, size - c), rest);
        }
    }

    // 64 channels of two queries, which share what is read.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Pair(float* weights, int stride, float* v, int size, int keys, float* target)
    {
        var (a0, a1, a2, a3) = (Vector512.Load(target), Vector512.Load(target + 16), Vector512.Load(target + 32), Vector512.Load(target + 48));
        var (b0, b1, b2, b3) = (Vector512.Load(target + size), Vector512.Load(target + size + 16), Vector512.Load(target + size + 32), Vector512.Load(target + size + 48));
        for (var j = 0; j < keys; j++, v += size)
        {
            var a = Vector512.Create(weights[j]);
            var b = Vector512.Create(weights[stride + j]);
            var (v0, v1, v2, v3) = (Vector512.Load(v), Vector512.Load(v + 16), Vector512.Load(v + 32), Vector512.Load(v + 48));
            a0 = Vector512.FusedMultiplyAdd(a, v0, a0);
            a1 = Vector512.FusedMultiplyAdd(a, v1, a1);
            a2 = Vector512.FusedMultiplyAdd(a, v2, a2);
            a3 = Vector512.FusedMultiplyAdd(a, v3, a3);
            b0 = Vector512.FusedMultiplyAdd(b, v0, b0);
            b1 = Vector512.FusedMultiplyAdd(b, v1, b1);
            b2 = Vector512.FusedMultiplyAdd(b, v2, b2);
            b3 = Vector512.FusedMultiplyAdd(b, v3, b3);
        }

        a0.Store(target);
        a1.Store(target + 16);
        a2.Store(target + 32);
        a3.Store(target + 48);
        b0.Store(target + size);
        b1.Store(target + size + 16);
        b2.Store(target + size + 32);
        b3.Store(target + size + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void SixtyFour(float* weights, float* v, int size, int keys, float* target)
    {
        var (s0, s1, s2, s3) = (Vector256.Load(target), Vector256.Load(target + 8), Vector256.Load(target + 16), Vector256.Load(target + 24));
        var (s4, s5, s6, s7) = (Vector256.Load(target + 32), Vector256.Load(target + 40), Vector256.Load(target + 48), Vector256.Load(target + 56));
        for (var j = 0; j < keys; j++, v += size)
        {
            var weight = Vector256.Create(weights[j]);
            s0 = Fma.MultiplyAdd(weight, Vector256.Load(v), s0);
            s1 = Fma.MultiplyAdd(weight, Vector256.Load(v + 8), s1);
            s2 = Fma.MultiplyAdd(weight, Vector256.Load(v + 16), s2);
            s3 = Fma.MultiplyAdd(weight, Vector256.Load(v + 24), s3);
            s4 = Fma.MultiplyAdd(weight, Vector256.Load(v + 32), s4);
            s5 = Fma.MultiplyAdd(weight, Vector256.Load(v + 40), s5);
            s6 = Fma.MultiplyAdd(weight, Vector256.Load(v + 48), s6);
            s7 = Fma.MultiplyAdd(weight, Vector256.Load(v + 56), s7);
        }

        s0.Store(target);
        s1.Store(target + 8);
        s2.Store(target + 16);
        s3.Store(target + 24);
        s4.Store(target + 32);
        s5.Store(target + 40);
        s6.Store(target + 48);
        s7.Store(target + 56);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Sixteen(float* weights, float* v, int size, int keys, float* target)
    {
        var (s0, s1) = (Vector256.Load(target), Vector256.Load(target + 8));
        for (var j = 0; j < keys; j++, v += size)
        {
            var weight = Vector256.Create(weights[j]);
            s0 = Fma.MultiplyAdd(weight, Vector256.Load(v), s0);
            s1 = Fma.MultiplyAdd(weight, Vector256.Load(v + 8), s1);
        }

        s0.Store(target);
        s1.Store(target + 8);
    }
}
