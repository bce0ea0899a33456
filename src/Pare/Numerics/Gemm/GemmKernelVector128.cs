using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pare.Numerics;

/// <summary>Tile of 4 × 8 for any processor with vectors of 128 bits.</summary>
internal readonly unsafe struct GemmKernelVector128 : IGemmKernel
{
    /// <inheritdoc/>
    public static int Rows => 4;

    /// <inheritdoc/>
    public static int RowStep => 4;

    /// <inheritdoc/>
    public static int Columns => 8;

    /// <inheritdoc/>
    public static int InnerRows => 16;

    /// <inheritdoc/>
    public static int PartColumns => 256;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Multiply(int rows, int depth, float* a, float* b, float* c, nint stride, bool accumulate)
    {
        Vector128<float> c0x = Vector128<float>.Zero, c0y = Vector128<float>.Zero;
        Vector128<float> c1x = Vector128<float>.Zero, c1y = Vector128<float>.Zero;
        Vector128<float> c2x = Vector128<float>.Zero, c2y = Vector128<float>.Zero;
        Vector128<float> c3x = Vector128<float>.Zero, c3y = Vector128<float>.Zero;
        Vector128<float> xb, yb, t;
        for (; depth > 0; depth--)
        {
            xb = Vector128.Load(b);
            yb = Vector128.Load(b + 4);
            t = Vector128.Create(a[0]);
            c0x = Fused.MultiplyAdd(t, xb, c0x);
            c0y = Fused.MultiplyAdd(t, yb, c0y);
            t = Vector128.Create(a[1]);
            c1x = Fused.MultiplyAdd(t, xb, c1x);
            c1y = Fused.MultiplyAdd(t, yb, c1y);
            t = Vector128.Create(a[2]);
            c2x = Fused.MultiplyAdd(t, xb, c2x);
            c2y = Fused.MultiplyAdd(t, yb, c2y);
            t = Vector128.Create(a[3]);
            c3x = Fused.MultiplyAdd(t, xb, c3x);
            c3y = Fused.MultiplyAdd(t, yb, c3y);
            a += 4;
            b += 8;
        }

        if (accumulate)
        {
            c0x += Vector128.Load(c);
            c0y += Vector128.Load(c + 4);
            c1x += Vector128.Load(c + 1 * stride);
            c1y += Vector128.Load(c + 1 * stride + 4);
            c2x += Vector128.Load(c + 2 * stride);
            c2y += Vector128.Load(c + 2 * stride + 4);
            c3x += Vector128.Load(c + 3 * stride);
            c3y += Vector128.Load(c + 3 * stride + 4);
        }

        c0x.Store(c);
        c0y.Store(c + 4);
        c1x.Store(c + 1 * stride);
        c1y.Store(c + 1 * stride + 4);
        c2x.Store(c + 2 * stride);
        c2y.Store(c + 2 * stride + 4);
        c3x.Store(c + 3 * stride);
        c3y.Store(c + 3 * stride + 4);
    }
}
