namespace Pare.Numerics;

/// <summary>Tile of 2 × 4 without vectors.</summary>
internal readonly unsafe struct GemmKernelScalar : IGemmKernel
{
    /// <inheritdoc/>
    public static int Rows => 2;

    /// <inheritdoc/>
    public static int RowStep => 2;

    /// <inheritdoc/>
    public static int Columns => 4;

    /// <inheritdoc/>
    public static int InnerRows => 16;

    /// <inheritdoc/>
    public static int PartColumns => 128;

    /// <inheritdoc/>
    public static void Multiply(int rows, int depth, float* a, float* b, float* c, nint stride, bool accumulate)
    {
        float x0 = 0, x1 = 0, x2 = 0, x3 = 0;
        float y0 = 0, y1 = 0, y2 = 0, y3 = 0;
        for (; depth > 0; depth--)
        {
            float x = a[0], y = a[1];
            x0 = MathF.FusedMultiplyAdd(x, b[0], x0);
            y0 = MathF.FusedMultiplyAdd(y, b[0], y0);
            x1 = MathF.FusedMultiplyAdd(x, b[1], x1);
            y1 = MathF.FusedMultiplyAdd(y, b[1], y1);
            x2 = MathF.FusedMultiplyAdd(x, b[2], x2);
            y2 = MathF.FusedMultiplyAdd(y, b[2], y2);
            x3 = MathF.FusedMultiplyAdd(x, b[3], x3);
            y3 = MathF.FusedMultiplyAdd(y, b[3], y3);
            a += 2;
            b += 4;
        }

        var d = c + stride;
        if (accumulate)
        {
            x0 += c[0];
            x1 += c[1];
            x2 += c[2];
            x3 += c[3];
            y0 += d[0];
            y1 += d[1];
            y2 += d[2];
            y3 += d[3];
        }

        c[0] = x0;
        c[1] = x1;
        c[2] = x2;
        c[3] = x3;
        d[0] = y0;
        d[1] = y1;
        d[2] = y2;
        d[3] = y3;
    }
}
