namespace Pare.Numerics;

/// <summary>Cholesky of A + λ · mean(diag A) · I, where λ grows until the sum is positive definite.</summary>
internal static unsafe class DampedCholesky
{
    private const int MostSteps = 12;

    /// <summary>Damps and factors.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="source">A, [n, n]; the lower triangle is read.</param>
    /// <param name="factor">Receives L in its lower triangle, [n, n].</param>
    /// <param name="n">Rows and columns.</param>
    /// <param name="damping">λ to begin with; each escalation multiplies it by ten.</param>
    /// <returns>The λ that was enough.</returns>
    /// <exception cref="ArithmeticException">A is not finite, or no λ up to 10¹² times the first was enough.</exception>
    public static double Factor(ComputePool pool, double* source, double* factor, int n, double damping)
    {
        double mean = 0;
        for (var i = 0; i < n; i++) mean += source[(long)i * n + i] / n;
        if (!double.IsFinite(mean)) throw new ArithmeticException("the matrix holds a value that is not finite");
        var lambda = damping;
        for (var step = 0; step <= MostSteps; step++, lambda = lambda == 0 ? 1e-6 : lambda * 10)
        {
            // A matrix of zeros counts as the identity times its damping.
            var add = lambda * (mean > 0 ? mean : 1);
            for (var i = 0; i < n; i++)
            {
                new ReadOnlySpan<double>(source + (long)i * n, i + 1).CopyTo(new Span<double>(factor + (long)i * n, i + 1));
                factor[(long)i * n + i] += add;
            }

            if (Cholesky.Factor(pool, factor, n) < 0) return lambda;
        }

        throw new ArithmeticException($"the matrix is not positive definite even with a damping of {lambda / 10:G3} of its mean diagonal");
    }
}
