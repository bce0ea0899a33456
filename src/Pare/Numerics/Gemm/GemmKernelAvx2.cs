using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pare.Numerics;

/// <summary>Tile of 6 × 16 in 12 of the 16 vector registers of AVX2 with FMA: two vectors of B and two broadcast elements of A fill the rest.</summary>
internal readonly unsafe struct GemmKernelAvx2 : IGemmKernel
{
    /// <inheritdoc/>
    public static int Rows => 6;

    /// <inheritdoc/>
    public static int Columns => 16;

    /// <inheritdoc/>
    public static int Depth => 256;

    /// <inheritdoc/>
    public static int InnerRows => 16;

    /// <inheritdoc/>
    public static int PartColumns => 512;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(int depth, float* a, float* b, float* c, nint stride, bool accumulate)
    {
        Sse.Prefetch0(c);
        Sse.Prefetch0(c + 1 * stride);
        Sse.Prefetch0(c + 2 * stride);
        Sse.Prefetch0(c + 3 * stride);
        Sse.Prefetch0(c + 4 * stride);
        Sse.Prefetch0(c + 5 * stride);
        Vector256<float> c0x = Vector256<float>.Zero, c0y = Vector256<float>.Zero;
        Vector256<float> c1x = Vector256<float>.Zero, c1y = Vector256<float>.Zero;
        Vector256<float> c2x = Vector256<float>.Zero, c2y = Vector256<float>.Zero;
        Vector256<float> c3x = Vector256<float>.Zero, c3y = Vector256<float>.Zero;
        Vector256<float> c4x = Vector256<float>.Zero, c4y = Vector256<float>.Zero;
        Vector256<float> c5x = Vector256<float>.Zero, c5y = Vector256<float>.Zero;
        Vector256<float> xb, yb, t;
        for (; depth >= 4; depth -= 4)
        {
            xb = Vector256.Load(b);
            yb = Vector256.Load(b + 8);
            t = Vector256.Create(a[0]);
            c0x = Fma.MultiplyAdd(t, xb, c0x);
            c0y = Fma.MultiplyAdd(t, yb, c0y);
            t = Vector256.Create(a[1]);
            c1x = Fma.MultiplyAdd(t, xb, c1x);
            c1y = Fma.MultiplyAdd(t, yb, c1y);
            t = Vector256.Create(a[2]);
            c2x = Fma.MultiplyAdd(t, xb, c2x);
            c2y = Fma.MultiplyAdd(t, yb, c2y);
            t = Vector256.Create(a[3]);
            c3x = Fma.MultiplyAdd(t, xb, c3x);
            c3y = Fma.MultiplyAdd(t, yb, c3y);
            t = Vector256.Create(a[4]);
            c4x = Fma.MultiplyAdd(t, xb, c4x);
            c4y = Fma.MultiplyAdd(t, yb, c4y);
            t = Vector256.Create(a[5]);
            c5x = Fma.MultiplyAdd(t, xb, c5x);
            c5y = Fma.MultiplyAdd(t, yb, c5y);
            xb = Vector256.Load(b + 16);
            yb = Vector256.Load(b + 24);
            t = Vector256.Create(a[6]);
            c0x = Fma.MultiplyAdd(t, xb, c0x);
            c0y = Fma.MultiplyAdd(t, yb, c0y);
            t = Vector256.Create(a[7]);
            c1x = Fma.MultiplyAdd(t, xb, c1x);
            c1y = Fma.MultiplyAdd(t, yb, c1y);
            t = Vector256.Create(a[8]);
            c2x = Fma.MultiplyAdd(t, xb, c2x);
            c2y = Fma.MultiplyAdd(t, yb, c2y);
            t = Vector256.Create(a[9]);
            c3x = Fma.MultiplyAdd(t, xb, c3x);
            c3y = Fma.MultiplyAdd(t, yb, c3y);
            t = Vector256.Create(a[10]);
            c4x = Fma.MultiplyAdd(t, xb, c4x);
            c4y = Fma.MultiplyAdd(t, yb, c4y);
            t = Vector256.Create(a[11]);
            c5x = Fma.MultiplyAdd(t, xb, c5x);
            c5y = Fma.MultiplyAdd(t, yb, c5y);
            xb = Vector256.Load(b + 32);
            yb = Vector256.Load(b + 40);
            t = Vector256.Create(a[12]);
            c0x = Fma.MultiplyAdd(t, xb, c0x);
            c0y = Fma.MultiplyAdd(t, yb, c0y);
            t = Vector256.Create(a[13]);
            c1x = Fma.MultiplyAdd(t, xb, c1x);
            c1y = Fma.MultiplyAdd(t, yb, c1y);
            t = Vector256.Create(a[14]);
            c2x = Fma.MultiplyAdd(t, xb, c2x);
            c2y = Fma.MultiplyAdd(t, yb, c2y);
            t = Vector256.Create(a[15]);
            c3x = Fma.MultiplyAdd(t, xb, c3x);
            c3y = Fma.MultiplyAdd(t, yb, c3y);
            t = Vector256.Create(a[16]);
            c4x = Fma.MultiplyAdd(t, xb, c4x);
            c4y = Fma.MultiplyAdd(t, yb, c4y);
            t = Vector256.Create(a[17]);
            c5x = Fma.MultiplyAdd(t, xb, c5x);
            c5y = Fma.MultiplyAdd(t, yb, c5y);
            xb = Vector256.Load(b + 48);
            yb = Vector256.Load(b + 56);
            t = Vector256.Create(a[18]);
            c0x = Fma.MultiplyAdd(t, xb, c0x);
            c0y = Fma.MultiplyAdd(t, yb, c0y);
            t = Vector256.Create(a[19]);
            c1x = Fma.MultiplyAdd(t, xb, c1x);
            c1y = Fma.MultiplyAdd(t, yb, c1y);
            t = Vector256.Create(a[20]);
            c2x = Fma.MultiplyAdd(t, xb, c2x);
            c2y = Fma.MultiplyAdd(t, yb, c2y);
            t = Vector256.Create(a[21]);
            c3x = Fma.MultiplyAdd(t, xb, c3x);
            c3y = Fma.MultiplyAdd(t, yb, c3y);
            t = Vector256.Create(a[22]);
            c4x = Fma.MultiplyAdd(t, xb, c4x);
            c4y = Fma.MultiplyAdd(t, yb, c4y);
            t = Vector256.Create(a[23]);
            c5x = Fma.MultiplyAdd(t, xb, c5x);
            c5y = Fma.MultiplyAdd(t, yb, c5y);
            a += 24;
            b += 64;
        }

        for (; depth > 0; depth--)
        {
            xb = Vector256.Load(b);
            yb = Vector256.Load(b + 8);
            t = Vector256.Create(a[0]);
            c0x = Fma.MultiplyAdd(t, xb, c0x);
            c0y = Fma.MultiplyAdd(t, yb, c0y);
            t = Vector256.Create(a[1]);
            c1x = Fma.MultiplyAdd(t, xb, c1x);
            c1y = Fma.MultiplyAdd(t, yb, c1y);
            t = Vector256.Create(a[2]);
            c2x = Fma.MultiplyAdd(t, xb, c2x);
            c2y = Fma.MultiplyAdd(t, yb, c2y);
            t = Vector256.Create(a[3]);
            c3x = Fma.MultiplyAdd(t, xb, c3x);
            c3y = Fma.MultiplyAdd(t, yb, c3y);
            t = Vector256.Create(a[4]);
            c4x = Fma.MultiplyAdd(t, xb, c4x);
            c4y = Fma.MultiplyAdd(t, yb, c4y);
            t = Vector256.Create(a[5]);
            c5x = Fma.MultiplyAdd(t, xb, c5x);
            c5y = Fma.MultiplyAdd(t, yb, c5y);
            a += 6;
            b += 16;
        }

        if (accumulate)
        {
            c0x += Vector256.Load(c);
            c0y += Vector256.Load(c + 8);
            c1x += Vector256.Load(c + 1 * stride);
            c1y += Vector256.Load(c + 1 * stride + 8);
            c2x += Vector256.Load(c + 2 * stride);
            c2y += Vector256.Load(c + 2 * stride + 8);
            c3x += Vector256.Load(c + 3 * stride);
            c3y += Vector256.Load(c + 3 * stride + 8);
            c4x += Vector256.Load(c + 4 * stride);
            c4y += Vector256.Load(c + 4 * stride + 8);
            c5x += Vector256.Load(c + 5 * stride);
            c5y += Vector256.Load(c + 5 * stride + 8);
        }

        c0x.Store(c);
        c0y.Store(c + 8);
        c1x.Store(c + 1 * stride);
        c1y.Store(c + 1 * stride + 8);
        c2x.Store(c + 2 * stride);
        c2y.Store(c + 2 * stride + 8);
        c3x.Store(c + 3 * stride);
        c3y.Store(c + 3 * stride + 8);
        c4x.Store(c + 4 * stride);
        c4y.Store(c + 4 * stride + 8);
        c5x.Store(c + 5 * stride);
        c5y.Store(c + 5 * stride + 8);
    }
}
