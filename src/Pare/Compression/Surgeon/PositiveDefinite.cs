using System.Numerics.Tensors;

namespace Pare.Compression;

/// <summary>Solves and inverses of symmetric positive definite matrices; more is put on the diagonal where rounding makes one indefinite.</summary>
internal static class PositiveDefinite
{
    private const int Attempts = 12;

    /// <summary>X with (A + ridge·I)·X = B.</summary>
    /// <param name="a">[n, n], symmetric; not changed.</param>
    /// <param name="n">Rows.</param>
    /// <param name="ridge">What is added to the diagonal.</param>
    /// <param name="b">[n, m]; overwritten by X.</param>
    /// <param name="m">Right-hand sides.</param>
    /// <exception cref="ArithmeticException">No damping makes it positive definite.</exception>
    public static void Solve(double[] a, int n, double ridge, double[] b, int m)
    {
        if (n == 0 || m == 0) return;
        var l = Factor(a, n, ridge);
        for (var i = 0; i < n; i++)
        {
            var row = b.AsSpan(i * m, m);
            for (var j = 0; j < i; j++)
                if (l[i * n + j] != 0) TensorPrimitives.MultiplyAdd(b.AsSpan(j * m, m), -l[i * n + j], row, row);
            TensorPrimitives.Divide(row, l[i * n + i], row);
        }

        for (var i = n - 1; i >= 0; i--)
        {
            var row = b.AsSpan(i * m, m);
            for (var j = i + 1; j < n; j++)
                if (l[j * n + i] != 0) TensorPrimitives.MultiplyAdd(b.AsSpan(j * m, m), -l[j * n + i], row, row);
            TensorPrimitives.Divide(row, l[i * n + i], row);
        }
    }

    /// <summary>(A + ridge·I)⁻¹.</summary>
    public static double[] Inverse(double[] a, int n, double ridge)
    {
        var inverse = new double[n * n];
        for (var i = 0; i < n; i++) inverse[i * n + i] = 1;
        Solve(a, n, ridge, inverse, n);
        return inverse;
    }

    private static double[] Factor(double[] a, int n, double ridge)
    {
        var mean = 0.0;
        for (var i = 0; i < n; i++) mean += a[i * n + i] / n;
        for (var (attempt, extra) = (0, 0.0); attempt < Attempts; attempt++, extra = extra == 0 ? 1e-8 * mean : 10 * extra)
        {
            if (TryFactor(a, n, ridge + extra) is { } l) return l;
        }

        throw new ArithmeticException("the curvature of a site is not positive definite, not even with its mean on the diagonal; are the calibration text's activations finite?");
    }

    private static double[]? TryFactor(double[] a, int n, double extra)
    {
        var l = new double[n * n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var value = a[i * n + j] - TensorPrimitives.Dot<double>(l.AsSpan(i * n, j), l.AsSpan(j * n, j));
                if (i != j) l[i * n + j] = value / l[j * n + j];
                else if (value + extra > 0) l[i * n + i] = Math.Sqrt(value + extra);
                else return null;
            }
        }

        return l;
    }
}
