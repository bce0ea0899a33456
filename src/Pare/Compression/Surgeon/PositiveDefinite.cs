using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Inverses, solves and products of matrices in double precision; more is put on a diagonal where rounding makes a matrix indefinite.</summary>
internal static unsafe class PositiveDefinite
{
    private const int RowsPerPart = 16;

    /// <summary>(A + ridge·I)⁻¹.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="a">[n, n], symmetric; not changed.</param>
    /// <param name="n">Rows.</param>
    /// <param name="ridge">What is added to the diagonal.</param>
    /// <returns>[n, n], both triangles.</returns>
    /// <exception cref="ArithmeticException">No damping makes the matrix positive definite.</exception>
    public static double[] Inverse(ComputePool pool, double[] a, int n, double ridge)
    {
        var inverse = new double[n * n];
        if (n == 0) return inverse;
        using var factor = new NativeBuffer<double>((long)n * n, zeroed: false);
        using var halves = new NativeBuffer<double>((long)n * n, zeroed: false);
        fixed (double* source = a, target = inverse)
        {
            DampedCholesky.Factor(pool, source, factor.Pointer, n, Relative(a, n, ridge));
            Cholesky.InvertTransposed(pool, factor.Pointer, halves.Pointer, n);
            Cholesky.Inverse(pool, halves.Pointer, target, n);
        }

        return inverse;
    }

    /// <summary>x with A·x = b, in place.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="a">[n, n], symmetric; not changed.</param>
    /// <param name="n">Rows.</param>
    /// <param name="b">[n]; overwritten by x.</param>
    /// <exception cref="ArithmeticException">No damping makes the matrix positive definite.</exception>
    public static void Solve(ComputePool pool, double[] a, int n, double[] b)
    {
        using var factor = new NativeBuffer<double>((long)n * n, zeroed: false);
        fixed (double* source = a, x = b)
        {
            DampedCholesky.Factor(pool, source, factor.Pointer, n, 0);
            Cholesky.Solve(factor.Pointer, n, x);
        }
    }

    /// <summary>C = A·Bᵀ.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="a">[m, k].</param>
    /// <param name="m">Rows of A.</param>
    /// <param name="k">Columns of both.</param>
    /// <param name="b">[n, k].</param>
    /// <param name="n">Rows of B.</param>
    /// <returns>[m, n].</returns>
    public static double[] MultiplyTransposed(ComputePool pool, double[] a, int m, int k, double[] b, int n)
    {
        var result = new double[m * n];
        if (result.Length == 0 || k == 0) return result;
        fixed (double* first = a, second = b, target = result)
            pool.For((m + RowsPerPart - 1) / RowsPerPart, new Rows(first, m, k, second, n, target));
        return result;
    }

    private static double Relative(double[] a, int n, double ridge)
    {
        var trace = 0.0;
        for (var i = 0; i < n; i++) trace += a[i * n + i];
        return trace > 0 ? ridge * n / trace : ridge;
    }

    private readonly struct Rows(double* a, int m, int k, double* b, int n, double* c) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var start = part * RowsPerPart;
            var rows = Math.Min(RowsPerPart, m - start);
            var target = c + (long)start * n;
            RowProducts.Subtract(a + (long)start * k, k, b, k, target, n, rows, n, k);
            for (long i = 0; i < (long)rows * n; i++) target[i] = -target[i];
        }
    }
}
