using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pare.Numerics;

/// <summary>Tile of 6 × 16 in 12 of the 16 vector registers of AVX2 with FMA: two vectors of B and a broadcast element of A use three more.</summary>
/// <remarks>The height of the tile is a type argument: the compiler leaves out the rows above it.</remarks>
internal readonly unsafe struct GemmKernelAvx2 : IGemmKernel
{
    /// <inheritdoc/>
    public static int Rows => 6;

    /// <inheritdoc/>
    public static int RowStep => 2;

    /// <inheritdoc/>
    public static int Columns => 16;

    /// <inheritdoc/>
    public static int InnerRows => 16;

    /// <inheritdoc/>
    public static int PartColumns => 512;

    private interface IHeight
    {
        static abstract int Rows { get; }
    }

    /// <inheritdoc/>
    public static void Multiply(int rows, int depth, float* a, float* b, float* c, nint stride, bool accumulate)
    {
        switch (rows)
        {
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
        }

        Vector256<float> c0x = default, c0y = default;
        Vector256<float> c1x = default, c1y = default;
        Vector256<float> c2x = default, c2y = default;
        Vector256<float> c3x = default, c3y = default;
        Vector256<float> c4x = default, c4y = default;
        Vector256<float> c5x = default, c5y = default;
        Vector256<float> x, y, t;
        for (; depth >= 4; depth -= 4)
        {
            x = Vector256.Load(b);
            y = Vector256.Load(b + 8);
            t = Vector256.Create(a[0]);
            c0x = Fma.MultiplyAdd(t, x, c0x);
            c0y = Fma.MultiplyAdd(t, y, c0y);
            t = Vector256.Create(a[1]);
            c1x = Fma.MultiplyAdd(t, x, c1x);
            c1y = Fma.MultiplyAdd(t, y, c1y);
            if (THeight.Rows > 2)
            {
                t = Vector256.Create(a[2]);
                c2x = Fma.MultiplyAdd(t, x, c2x);
                c2y = Fma.MultiplyAdd(t, y, c2y);
                t = Vector256.Create(a[3]);
                c3x = Fma.MultiplyAdd(t, x, c3x);
                c3y = Fma.MultiplyAdd(t, y, c3y);
            }

            if (THeight.Rows > 4)
            {
                t = Vector256.Create(a[4]);
                c4x = Fma.MultiplyAdd(t, x, c4x);
                c4y = Fma.MultiplyAdd(t, y, c4y);
                t = Vector256.Create(a[5]);
                c5x = Fma.MultiplyAdd(t, x, c5x);
                c5y = Fma.MultiplyAdd(t, y, c5y);
            }

            x = Vector256.Load(b + 16);
            y = Vector256.Load(b + 24);
            t = Vector256.Create(a[6]);
            c0x = Fma.MultiplyAdd(t, x, c0x);
            c0y = Fma.MultiplyAdd(t, y, c0y);
            t = Vector256.Create(a[7]);
            c1x = Fma.MultiplyAdd(t, x, c1x);
            c1y = Fma.MultiplyAdd(t, y, c1y);
            if (THeight.Rows > 2)
            {
                t = Vector256.Create(a[8]);
                c2x = Fma.MultiplyAdd(t, x, c2x);
                c2y = Fma.MultiplyAdd(t, y, c2y);
                t = Vector256.Create(a[9]);
                c3x = Fma.MultiplyAdd(t, x, c3x);
                c3y = Fma.MultiplyAdd(t, y, c3y);
            }

            if (THeight.Rows > 4)
            {
                t = Vector256.Create(a[10]);
                c4x = Fma.MultiplyAdd(t, x, c4x);
                c4y = Fma.MultiplyAdd(t, y, c4y);
                t = Vector256.Create(a[11]);
                c5x = Fma.MultiplyAdd(t, x, c5x);
                c5y = Fma.MultiplyAdd(t, y, c5y);
            }

            x = Vector256.Load(b + 32);
            y = Vector256.Load(b + 40);
            t = Vector256.Create(a[12]);
            c0x = Fma.MultiplyAdd(t, x, c0x);
            c0y = Fma.MultiplyAdd(t, y, c0y);
            t = Vector256.Create(a[13]);
            c1x = Fma.MultiplyAdd(t, x, c1x);
            c1y = Fma.MultiplyAdd(t, y, c1y);
            if (THeight.Rows > 2)
            {
                t = Vector256.Create(a[14]);
                c2x = Fma.MultiplyAdd(t, x, c2x);
                c2y = Fma.MultiplyAdd(t, y, c2y);
                t = Vector256.Create(a[15]);
                c3x = Fma.MultiplyAdd(t, x, c3x);
                c3y = Fma.MultiplyAdd(t, y, c3y);
            }

            if (THeight.Rows > 4)
            {
                t = Vector256.Create(a[16]);
                c4x = Fma.MultiplyAdd(t, x, c4x);
                c4y = Fma.MultiplyAdd(t, y, c4y);
                t = Vector256.Create(a[17]);
                c5x = Fma.MultiplyAdd(t, x, c5x);
                c5y = Fma.MultiplyAdd(t, y, c5y);
            }

            x = Vector256.Load(b + 48);
            y = Vector256.Load(b + 56);
            t = Vector256.Create(a[18]);
            c0x = Fma.MultiplyAdd(t, x, c0x);
            c0y = Fma.MultiplyAdd(t, y, c0y);
            t = Vector256.Create(a[19]);
            c1x = Fma.MultiplyAdd(t, x, c1x);
            c1y = Fma.MultiplyAdd(t, y, c1y);
            if (THeight.Rows > 2)
            {
                t = Vector256.Create(a[20]);
                c2x = Fma.MultiplyAdd(t, x, c2x);
                c2y = Fma.MultiplyAdd(t, y, c2y);
                t = Vector256.Create(a[21]);
                c3x = Fma.MultiplyAdd(t, x, c3x);
                c3y = Fma.MultiplyAdd(t, y, c3y);
            }

            if (THeight.Rows > 4)
            {
                t = Vector256.Create(a[22]);
                c4x = Fma.MultiplyAdd(t, x, c4x);
                c4y = Fma.MultiplyAdd(t, y, c4y);
                t = Vector256.Create(a[23]);
                c5x = Fma.MultiplyAdd(t, x, c5x);
                c5y = Fma.MultiplyAdd(t, y, c5y);
            }

            a += 24;
            b += 64;
        }

        for (; depth > 0; depth--)
        {
            x = Vector256.Load(b);
            y = Vector256.Load(b + 8);
            t = Vector256.Create(a[0]);
            c0x = Fma.MultiplyAdd(t, x, c0x);
            c0y = Fma.MultiplyAdd(t, y, c0y);
            t = Vector256.Create(a[1]);
            c1x = Fma.MultiplyAdd(t, x, c1x);
            c1y = Fma.MultiplyAdd(t, y, c1y);
            if (THeight.Rows > 2)
            {
                t = Vector256.Create(a[2]);
                c2x = Fma.MultiplyAdd(t, x, c2x);
                c2y = Fma.MultiplyAdd(t, y, c2y);
                t = Vector256.Create(a[3]);
                c3x = Fma.MultiplyAdd(t, x, c3x);
                c3y = Fma.MultiplyAdd(t, y, c3y);
            }

            if (THeight.Rows > 4)
            {
                t = Vector256.Create(a[4]);
                c4x = Fma.MultiplyAdd(t, x, c4x);
                c4y = Fma.MultiplyAdd(t, y, c4y);
                t = Vector256.Create(a[5]);
                c5x = Fma.MultiplyAdd(t, x, c5x);
                c5y = Fma.MultiplyAdd(t, y, c5y);
            }

            a += 6;
            b += 16;
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
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(Vector256<float> x, Vector256<float> y, float* c, bool accumulate)
    {
        if (accumulate)
        {
            x += Vector256.Load(c);
            y += Vector256.Load(c + 8);
        }

        x.Store(c);
        y.Store(c + 8);
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
