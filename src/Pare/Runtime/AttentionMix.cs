using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Values of a run of keys, mixed by their weights.</summary>
internal static unsafe class AttentionMix
{
    /// <summary>mixed[g, c] = Σ_j weights[g, j] · v[j, c], in the order of j.</summary>
    /// <param name="weights">[group, keys].</param>
    /// <param name="group">Queries.</param>
    /// <param name="size">Channels.</param>
    /// <param name="v">[keys, size].</param>
    /// <param name="keys">Keys.</param>
    /// <param name="mixed">[group, size].</param>
    public static void Run(float* weights, int group, int size, float* v, int keys, float* mixed)
    {
        for (var g = 0; g < group; g++)
        {
            var at = weights + (long)g * keys;
            var target = mixed + g * size;
            var c = 0;
            if (Avx.IsSupported && Fma.IsSupported)
            {
                for (; c + 64 <= size; c += 64) SixtyFour(at, v + c, size, keys, target + c);
                for (; c + 16 <= size; c += 16) Sixteen(at, v + c, size, keys, target + c);
            }

            if (c == size) continue;
            var rest = new Span<float>(target + c, size - c);
            rest.Clear();
            for (var j = 0; j < keys; j++) VectorMath.Axpy(at[j], new ReadOnlySpan<float>(v + (long)j * size + c, size - c), rest);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void SixtyFour(float* weights, float* v, int size, int keys, float* target)
    {
        Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
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
        Vector256<float> s0 = default, s1 = default;
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
