using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pare.Numerics;

/// <summary>Tile of 14 × 32 in 28 of the 32 vector registers of AVX-512: two vectors of B and one broadcast element of A fill the rest.</summary>
internal readonly unsafe struct GemmKernelAvx512 : IGemmKernel
{
    /// <inheritdoc/>
    public static int Rows => 14;

    /// <inheritdoc/>
    public static int Columns => 32;

    /// <inheritdoc/>
    public static int Depth => 512;

    /// <inheritdoc/>
    public static int InnerRows => 1;

    /// <inheritdoc/>
    public static int PartColumns => 256;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(int depth, float* a, float* b, float* c, nint stride, bool accumulate)
    {
        Sse.Prefetch0(c);
        Sse.Prefetch0(c + 16);
        Sse.Prefetch0(c + 1 * stride);
        Sse.Prefetch0(c + 1 * stride + 16);
        Sse.Prefetch0(c + 2 * stride);
        Sse.Prefetch0(c + 2 * stride + 16);
        Sse.Prefetch0(c + 3 * stride);
        Sse.Prefetch0(c + 3 * stride + 16);
        Sse.Prefetch0(c + 4 * stride);
        Sse.Prefetch0(c + 4 * stride + 16);
        Sse.Prefetch0(c + 5 * stride);
        Sse.Prefetch0(c + 5 * stride + 16);
        Sse.Prefetch0(c + 6 * stride);
        Sse.Prefetch0(c + 6 * stride + 16);
        Sse.Prefetch0(c + 7 * stride);
        Sse.Prefetch0(c + 7 * stride + 16);
        Sse.Prefetch0(c + 8 * stride);
        Sse.Prefetch0(c + 8 * stride + 16);
        Sse.Prefetch0(c + 9 * stride);
        Sse.Prefetch0(c + 9 * stride + 16);
        Sse.Prefetch0(c + 10 * stride);
        Sse.Prefetch0(c + 10 * stride + 16);
        Sse.Prefetch0(c + 11 * stride);
        Sse.Prefetch0(c + 11 * stride + 16);
        Sse.Prefetch0(c + 12 * stride);
        Sse.Prefetch0(c + 12 * stride + 16);
        Sse.Prefetch0(c + 13 * stride);
        Sse.Prefetch0(c + 13 * stride + 16);
        Vector512<float> c0x = Vector512<float>.Zero, c0y = Vector512<float>.Zero;
        Vector512<float> c1x = Vector512<float>.Zero, c1y = Vector512<float>.Zero;
        Vector512<float> c2x = Vector512<float>.Zero, c2y = Vector512<float>.Zero;
        Vector512<float> c3x = Vector512<float>.Zero, c3y = Vector512<float>.Zero;
        Vector512<float> c4x = Vector512<float>.Zero, c4y = Vector512<float>.Zero;
        Vector512<float> c5x = Vector512<float>.Zero, c5y = Vector512<float>.Zero;
        Vector512<float> c6x = Vector512<float>.Zero, c6y = Vector512<float>.Zero;
        Vector512<float> c7x = Vector512<float>.Zero, c7y = Vector512<float>.Zero;
        Vector512<float> c8x = Vector512<float>.Zero, c8y = Vector512<float>.Zero;
        Vector512<float> c9x = Vector512<float>.Zero, c9y = Vector512<float>.Zero;
        Vector512<float> c10x = Vector512<float>.Zero, c10y = Vector512<float>.Zero;
        Vector512<float> c11x = Vector512<float>.Zero, c11y = Vector512<float>.Zero;
        Vector512<float> c12x = Vector512<float>.Zero, c12y = Vector512<float>.Zero;
        Vector512<float> c13x = Vector512<float>.Zero, c13y = Vector512<float>.Zero;
        Vector512<float> xb, yb, t;
        for (; depth > 0; depth--)
        {
            xb = Vector512.Load(b);
            yb = Vector512.Load(b + 16);
            t = Vector512.Create(a[0]);
            c0x = Avx512F.FusedMultiplyAdd(t, xb, c0x);
            c0y = Avx512F.FusedMultiplyAdd(t, yb, c0y);
            t = Vector512.Create(a[1]);
            c1x = Avx512F.FusedMultiplyAdd(t, xb, c1x);
            c1y = Avx512F.FusedMultiplyAdd(t, yb, c1y);
            t = Vector512.Create(a[2]);
            c2x = Avx512F.FusedMultiplyAdd(t, xb, c2x);
            c2y = Avx512F.FusedMultiplyAdd(t, yb, c2y);
            t = Vector512.Create(a[3]);
            c3x = Avx512F.FusedMultiplyAdd(t, xb, c3x);
            c3y = Avx512F.FusedMultiplyAdd(t, yb, c3y);
            t = Vector512.Create(a[4]);
            c4x = Avx512F.FusedMultiplyAdd(t, xb, c4x);
            c4y = Avx512F.FusedMultiplyAdd(t, yb, c4y);
            t = Vector512.Create(a[5]);
            c5x = Avx512F.FusedMultiplyAdd(t, xb, c5x);
            c5y = Avx512F.FusedMultiplyAdd(t, yb, c5y);
            t = Vector512.Create(a[6]);
            c6x = Avx512F.FusedMultiplyAdd(t, xb, c6x);
            c6y = Avx512F.FusedMultiplyAdd(t, yb, c6y);
            t = Vector512.Create(a[7]);
            c7x = Avx512F.FusedMultiplyAdd(t, xb, c7x);
            c7y = Avx512F.FusedMultiplyAdd(t, yb, c7y);
            t = Vector512.Create(a[8]);
            c8x = Avx512F.FusedMultiplyAdd(t, xb, c8x);
            c8y = Avx512F.FusedMultiplyAdd(t, yb, c8y);
            t = Vector512.Create(a[9]);
            c9x = Avx512F.FusedMultiplyAdd(t, xb, c9x);
            c9y = Avx512F.FusedMultiplyAdd(t, yb, c9y);
            t = Vector512.Create(a[10]);
            c10x = Avx512F.FusedMultiplyAdd(t, xb, c10x);
            c10y = Avx512F.FusedMultiplyAdd(t, yb, c10y);
            t = Vector512.Create(a[11]);
            c11x = Avx512F.FusedMultiplyAdd(t, xb, c11x);
            c11y = Avx512F.FusedMultiplyAdd(t, yb, c11y);
            t = Vector512.Create(a[12]);
            c12x = Avx512F.FusedMultiplyAdd(t, xb, c12x);
            c12y = Avx512F.FusedMultiplyAdd(t, yb, c12y);
            t = Vector512.Create(a[13]);
            c13x = Avx512F.FusedMultiplyAdd(t, xb, c13x);
            c13y = Avx512F.FusedMultiplyAdd(t, yb, c13y);
            a += 14;
            b += 32;
        }

        if (accumulate)
        {
            c0x += Vector512.Load(c);
            c0y += Vector512.Load(c + 16);
            c1x += Vector512.Load(c + 1 * stride);
            c1y += Vector512.Load(c + 1 * stride + 16);
            c2x += Vector512.Load(c + 2 * stride);
            c2y += Vector512.Load(c + 2 * stride + 16);
            c3x += Vector512.Load(c + 3 * stride);
            c3y += Vector512.Load(c + 3 * stride + 16);
            c4x += Vector512.Load(c + 4 * stride);
            c4y += Vector512.Load(c + 4 * stride + 16);
            c5x += Vector512.Load(c + 5 * stride);
            c5y += Vector512.Load(c + 5 * stride + 16);
            c6x += Vector512.Load(c + 6 * stride);
            c6y += Vector512.Load(c + 6 * stride + 16);
            c7x += Vector512.Load(c + 7 * stride);
            c7y += Vector512.Load(c + 7 * stride + 16);
            c8x += Vector512.Load(c + 8 * stride);
            c8y += Vector512.Load(c + 8 * stride + 16);
            c9x += Vector512.Load(c + 9 * stride);
            c9y += Vector512.Load(c + 9 * stride + 16);
            c10x += Vector512.Load(c + 10 * stride);
            c10y += Vector512.Load(c + 10 * stride + 16);
            c11x += Vector512.Load(c + 11 * stride);
            c11y += Vector512.Load(c + 11 * stride + 16);
            c12x += Vector512.Load(c + 12 * stride);
            c12y += Vector512.Load(c + 12 * stride + 16);
            c13x += Vector512.Load(c + 13 * stride);
            c13y += Vector512.Load(c + 13 * stride + 16);
        }

        c0x.Store(c);
        c0y.Store(c + 16);
        c1x.Store(c + 1 * stride);
        c1y.Store(c + 1 * stride + 16);
        c2x.Store(c + 2 * stride);
        c2y.Store(c + 2 * stride + 16);
        c3x.Store(c + 3 * stride);
        c3y.Store(c + 3 * stride + 16);
        c4x.Store(c + 4 * stride);
        c4y.Store(c + 4 * stride + 16);
        c5x.Store(c + 5 * stride);
        c5y.Store(c + 5 * stride + 16);
        c6x.Store(c + 6 * stride);
        c6y.Store(c + 6 * stride + 16);
        c7x.Store(c + 7 * stride);
        c7y.Store(c + 7 * stride + 16);
        c8x.Store(c + 8 * stride);
        c8y.Store(c + 8 * stride + 16);
        c9x.Store(c + 9 * stride);
        c9y.Store(c + 9 * stride + 16);
        c10x.Store(c + 10 * stride);
        c10y.Store(c + 10 * stride + 16);
        c11x.Store(c + 11 * stride);
        c11y.Store(c + 11 * stride + 16);
        c12x.Store(c + 12 * stride);
        c12y.Store(c + 12 * stride + 16);
        c13x.Store(c + 13 * stride);
        c13y.Store(c + 13 * stride + 16);
    }
}
