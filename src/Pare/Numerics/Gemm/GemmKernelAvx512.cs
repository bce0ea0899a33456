using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pare.Numerics;

/// <summary>Tile of 14 × 32 in 28 of the 32 vector registers of AVX-512: two vectors of B and one broadcast element of A fill the rest.</summary>
/// <remarks>The height of the tile is a type argument: the compiler leaves out the rows above it.</remarks>
internal readonly unsafe struct GemmKernelAvx512 : IGemmKernel
{
    /// <inheritdoc/>
    public static int Rows => 14;

    /// <inheritdoc/>
    public static int RowStep => 2;

    /// <inheritdoc/>
    public static int Columns => 32;

    /// <inheritdoc/>
    public static int InnerRows => 1;

    /// <inheritdoc/>
    public static int PartColumns => 256;

    private interface IHeight
    {
        static abstract int Rows { get; }
    }

    /// <inheritdoc/>
    public static void Multiply(int rows, int depth, float* a, float* b, float* c, nint stride, bool accumulate)
    {
        switch (rows)
        {
            case 14: Tile<Height14>(depth, a, b, c, stride, accumulate); break;
            case 12: Tile<Height12>(depth, a, b, c, stride, accumulate); break;
            case 10: Tile<Height10>(depth, a, b, c, stride, accumulate); break;
            case 8: Tile<Height8>(depth, a, b, c, stride, accumulate); break;
            case 6: Tile<Height6>(depth, a, b, c, stride, accumulate); break;
            case 4: Tile<Height4>(depth, a, b, c, stride, accumulate); break;
            case 2: Tile<Height2>(depth, a, b, c, stride, accumulate); break;
            default: throw new ArgumentOutOfRangeException(nameof(rows));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Tile<THeight>(int depth, float* a, float* b, float* c, nint stride, bool accumulate)
        where THeight : struct, IHeight
    {
        for (var row = 0; row < THeight.Rows; row++)
        {
            Sse.Prefetch0(c + row * stride);
            Sse.Prefetch0(c + row * stride + 16);
        }

        Vector512<float> c0x = default, c0y = default;
        Vector512<float> c1x = default, c1y = default;
        Vector512<float> c2x = default, c2y = default;
        Vector512<float> c3x = default, c3y = default;
        Vector512<float> c4x = default, c4y = default;
        Vector512<float> c5x = default, c5y = default;
        Vector512<float> c6x = default, c6y = default;
        Vector512<float> c7x = default, c7y = default;
        Vector512<float> c8x = default, c8y = default;
        Vector512<float> c9x = default, c9y = default;
        Vector512<float> c10x = default, c10y = default;
        Vector512<float> c11x = default, c11y = default;
        Vector512<float> c12x = default, c12y = default;
        Vector512<float> c13x = default, c13y = default;
        Vector512<float> x, y, t;
        for (; depth > 0; depth--)
        {
            x = Vector512.Load(b);
            y = Vector512.Load(b + 16);
            t = Vector512.Create(a[0]);
            c0x = Avx512F.FusedMultiplyAdd(t, x, c0x);
            c0y = Avx512F.FusedMultiplyAdd(t, y, c0y);
            t = Vector512.Create(a[1]);
            c1x = Avx512F.FusedMultiplyAdd(t, x, c1x);
            c1y = Avx512F.FusedMultiplyAdd(t, y, c1y);
            if (THeight.Rows > 2)
            {
                t = Vector512.Create(a[2]);
                c2x = Avx512F.FusedMultiplyAdd(t, x, c2x);
                c2y = Avx512F.FusedMultiplyAdd(t, y, c2y);
                t = Vector512.Create(a[3]);
                c3x = Avx512F.FusedMultiplyAdd(t, x, c3x);
                c3y = Avx512F.FusedMultiplyAdd(t, y, c3y);
            }

            if (THeight.Rows > 4)
            {
                t = Vector512.Create(a[4]);
                c4x = Avx512F.FusedMultiplyAdd(t, x, c4x);
                c4y = Avx512F.FusedMultiplyAdd(t, y, c4y);
                t = Vector512.Create(a[5]);
                c5x = Avx512F.FusedMultiplyAdd(t, x, c5x);
                c5y = Avx512F.FusedMultiplyAdd(t, y, c5y);
            }

            if (THeight.Rows > 6)
            {
                t = Vector512.Create(a[6]);
                c6x = Avx512F.FusedMultiplyAdd(t, x, c6x);
                c6y = Avx512F.FusedMultiplyAdd(t, y, c6y);
                t = Vector512.Create(a[7]);
                c7x = Avx512F.FusedMultiplyAdd(t, x, c7x);
                c7y = Avx512F.FusedMultiplyAdd(t, y, c7y);
            }

            if (THeight.Rows > 8)
            {
                t = Vector512.Create(a[8]);
                c8x = Avx512F.FusedMultiplyAdd(t, x, c8x);
                c8y = Avx512F.FusedMultiplyAdd(t, y, c8y);
                t = Vector512.Create(a[9]);
                c9x = Avx512F.FusedMultiplyAdd(t, x, c9x);
                c9y = Avx512F.FusedMultiplyAdd(t, y, c9y);
            }

            if (THeight.Rows > 10)
            {
                t = Vector512.Create(a[10]);
                c10x = Avx512F.FusedMultiplyAdd(t, x, c10x);
                c10y = Avx512F.FusedMultiplyAdd(t, y, c10y);
                t = Vector512.Create(a[11]);
                c11x = Avx512F.FusedMultiplyAdd(t, x, c11x);
                c11y = Avx512F.FusedMultiplyAdd(t, y, c11y);
            }

            if (THeight.Rows > 12)
            {
                t = Vector512.Create(a[12]);
                c12x = Avx512F.FusedMultiplyAdd(t, x, c12x);
                c12y = Avx512F.FusedMultiplyAdd(t, y, c12y);
                t = Vector512.Create(a[13]);
                c13x = Avx512F.FusedMultiplyAdd(t, x, c13x);
                c13y = Avx512F.FusedMultiplyAdd(t, y, c13y);
            }

            a += 14;
            b += 32;
        }

        Write(c0x, c0y, c, accumulate);
        Write(c1x, c1y, c + 1 * stride, accumulate);
        if (THeight.Rows > 2)
        {
            Write(c2x, c2y, c + 2 * stride, accumulate);
            Write(c3x, c3y, c + 3 * stride, accumulate);
        }

        if (THeight.Rows > 4)
        {
            Write(c4x, c4y, c + 4 * stride, accumulate);
            Write(c5x, c5y, c + 5 * stride, accumulate);
        }

        if (THeight.Rows > 6)
        {
            Write(c6x, c6y, c + 6 * stride, accumulate);
            Write(c7x, c7y, c + 7 * stride, accumulate);
        }

        if (THeight.Rows > 8)
        {
            Write(c8x, c8y, c + 8 * stride, accumulate);
            Write(c9x, c9y, c + 9 * stride, accumulate);
        }

        if (THeight.Rows > 10)
        {
            Write(c10x, c10y, c + 10 * stride, accumulate);
            Write(c11x, c11y, c + 11 * stride, accumulate);
        }

        if (THeight.Rows > 12)
        {
            Write(c12x, c12y, c + 12 * stride, accumulate);
            Write(c13x, c13y, c + 13 * stride, accumulate);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(Vector512<float> x, Vector512<float> y, float* c, bool accumulate)
    {
        if (accumulate)
        {
            x += Vector512.Load(c);
            y += Vector512.Load(c + 16);
        }

        x.Store(c);
        y.Store(c + 16);
    }

    private readonly struct Height14 : IHeight
    {
        public static int Rows => 14;
    }

    private readonly struct Height12 : IHeight
    {
        public static int Rows => 12;
    }

    private readonly struct Height10 : IHeight
    {
        public static int Rows => 10;
    }

    private readonly struct Height8 : IHeight
    {
        public static int Rows => 8;
    }

    private readonly struct Height6 : IHeight
    {
        public static int Rows => 6;
    }

    private readonly struct Height4 : IHeight
    {
        public static int Rows => 4;
    }

    private readonly struct Height2 : IHeight
    {
        public static int Rows => 2;
    }
}
