using System.Numerics.Tensors;
using Pare.Numerics;

namespace Pare.Calibration;

/// <summary>Sums over tokens that make the factors, in float32, each token's vector a row.</summary>
internal static unsafe class FactorMath
{
    private const int BlockRows = 256;

    /// <summary>Adds XᵀY to the upper triangle of a symmetric matrix, in bands of rows that begin at the diagonal. Below the diagonal it leaves parts of it.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="x">[tokens, size].</param>
    /// <param name="y">[tokens, size]: x, or x with every row times a number.</param>
    /// <param name="tokens">Tokens, at least 1.</param>
    /// <param name="size">Rows of the matrix.</param>
    /// <param name="sum">[size, size].</param>
    public static void AddProducts(ComputePool pool, float* x, float* y, int tokens, int size, float* sum)
    {
        for (var start = 0; start < size; start += BlockRows)
        {
            var rows = Math.Min(BlockRows, size - start);
            Gemm.Multiply(pool, true, false, rows, size - start, tokens, 1, x + start, size, y + start, size, 1, sum + (long)start * size + start, size);
        }
    }

    /// <summary>Multiplies the upper triangle by a number and makes the lower one its mirror image.</summary>
    public static void Complete(float* matrix, int size, float scale)
    {
        for (var i = 0; i < size; i++)
        {
            for (var j = i; j < size; j++)
            {
                var value = matrix[(long)i * size + j] * scale;
                matrix[(long)i * size + j] = value;
                matrix[(long)j * size + i] = value;
            }
        }
    }

    /// <summary>Quadratic forms: weights[t] = x_t · M · x_tᵀ.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="x">[tokens, size].</param>
    /// <param name="tokens">Tokens, at least 1.</param>
    /// <param name="matrix">[size, size].</param>
    /// <param name="size">Rows of the matrix.</param>
    /// <param name="product">[tokens, size]: room for x·M.</param>
    /// <param name="weights">[tokens].</param>
    public static void QuadraticForms(ComputePool pool, float* x, int tokens, float* matrix, int size, float* product, Span<float> weights)
    {
        Gemm.Multiply(pool, false, false, tokens, size, size, 1, x, size, matrix, size, 0, product, size);
        for (var t = 0; t < tokens; t++)
            weights[t] = TensorPrimitives.Dot(new ReadOnlySpan<float>(x + (long)t * size, size), new ReadOnlySpan<float>(product + (long)t * size, size));
    }

    /// <summary>y_t = weights[t] · x_t.</summary>
    public static void WeightRows(float* x, ReadOnlySpan<float> weights, int size, float* y)
    {
        for (var t = 0; t < weights.Length; t++)
            TensorPrimitives.Multiply(new ReadOnlySpan<float>(x + (long)t * size, size), weights[t], new Span<float>(y + (long)t * size, size));
    }

    /// <summary>Copies every token's inputs and puts the constant 1 behind them.</summary>
    public static void AppendConstant(float* x, int tokens, int columns, float* y)
    {
        for (var t = 0; t < tokens; t++)
        {
            new ReadOnlySpan<float>(x + (long)t * columns, columns).CopyTo(new Span<float>(y + (long)t * (columns + 1), columns));
            y[(long)t * (columns + 1) + columns] = 1;
        }
    }

    /// <summary>Σ a·b over all elements, rows in double precision.</summary>
    public static double Inner(float* a, float* b, int size)
    {
        var sum = 0.0;
        for (var i = 0; i < size; i++)
            sum += TensorPrimitives.Dot(new ReadOnlySpan<float>(a + (long)i * size, size), new ReadOnlySpan<float>(b + (long)i * size, size));
        return sum;
    }

    /// <summary>Frobenius norm.</summary>
    public static double Norm(float* matrix, int size) => Math.Sqrt(Inner(matrix, matrix, size));

    /// <summary>Multiplies all elements.</summary>
    public static void Scale(float* matrix, int size, double factor)
    {
        for (var i = 0; i < size; i++)
        {
            var row = new Span<float>(matrix + (long)i * size, size);
            TensorPrimitives.Multiply(row, (float)factor, row);
        }
    }
}
