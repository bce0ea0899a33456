using Pare.Numerics;

namespace Pare.Tests.Numerics;

public sealed unsafe class CholeskyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(48)]
    [InlineData(49)]
    [InlineData(131)]
    public void Factor_and_inverse_meet_their_definitions(int n)
    {
        using var pool = new ComputePool(2);
        var a = Positive(n, 3);
        var factor = (double[])a.Clone();
        var (inverseFactor, inverse) = (new double[n * n], new double[n * n]);
        fixed (double* l = factor, y = inverseFactor, x = inverse)
        {
            Assert.Equal(-1, Cholesky.Factor(pool, l, n));
            Cholesky.InvertTransposed(pool, l, y, n);
            Cholesky.Inverse(pool, y, x, n);
        }

        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                double product = 0, unit = 0, solved = 0;
                for (var t = 0; t <= Math.Min(i, j); t++) product += factor[i * n + t] * factor[j * n + t];
                for (var t = 0; t < n; t++) unit += a[i * n + t] * inverse[t * n + j];
                for (var t = j; t <= i; t++) solved += factor[i * n + t] * inverseFactor[j * n + t];
                Assert.Equal(a[i * n + j], product, 1e-12 * n);
                Assert.Equal(i == j ? 1 : 0, unit, 1e-10);
                if (i >= j) Assert.Equal(i == j ? 1 : 0, solved, 1e-11);
                if (j < i) Assert.Equal(0, inverseFactor[i * n + j]);
            }
        }
    }

    [Fact]
    public void Solve_gives_what_the_matrix_maps_to_the_right_side()
    {
        const int N = 61;
        using var pool = new ComputePool(1);
        var a = Positive(N, 5);
        var x = new double[N];
        for (var i = 0; i < N; i++) x[i] = Math.Sin(i);
        var b = new double[N];
        for (var i = 0; i < N; i++)
        {
            for (var j = 0; j < N; j++) b[i] += a[i * N + j] * x[j];
        }

        fixed (double* l = a, y = b)
        {
            Assert.Equal(-1, Cholesky.Factor(pool, l, N));
            Cholesky.Solve(l, N, y);
        }

        for (var i = 0; i < N; i++) Assert.Equal(x[i], b[i], 1e-10);
    }

    [Fact]
    public void The_number_of_threads_changes_no_bit()
    {
        const int N = 200;
        var results = new List<double[]>();
        foreach (var threads in new[] { 1, 3 })
        {
            using var pool = new ComputePool(threads);
            var a = Positive(N, 9);
            var (inverseFactor, inverse) = (new double[N * N], new double[N * N]);
            fixed (double* l = a, y = inverseFactor, x = inverse)
            {
                Cholesky.Factor(pool, l, N);
                Cholesky.InvertTransposed(pool, l, y, N);
                Cholesky.Inverse(pool, y, x, N);
            }

            results.Add(inverse);
        }

        Assert.Equal(results[0], results[1]);
    }

    [Fact]
    public void An_indefinite_matrix_is_named_by_its_row()
    {
        using var pool = new ComputePool(1);
        double[] a = [4, 0, 0, 2, 1, 0, 0, 0, 5];
        fixed (double* l = a) Assert.Equal(1, Cholesky.Factor(pool, l, 3));
        double[] notFinite = [1, 0, double.NaN, 1];
        fixed (double* l = notFinite) Assert.Equal(1, Cholesky.Factor(pool, l, 2));
    }

    [Fact]
    public void Damping_grows_until_it_is_enough_and_is_reported()
    {
        using var pool = new ComputePool(1);
        // Eigenvalues 4 and −2, mean diagonal 1: a damping above 2 is needed.
        double[] a = [1, 3, 3, 1];
        var factor = new double[4];
        fixed (double* source = a, l = factor) Assert.Equal(10, DampedCholesky.Factor(pool, source, l, 2, 0.01), 1e-12);
        Assert.Equal(11, factor[0] * factor[0], 1e-12);
        double[] notFinite = [double.PositiveInfinity, 0, 0, 1];
        Assert.Throws<ArithmeticException>(() =>
        {
            fixed (double* source = notFinite, l = factor) DampedCholesky.Factor(pool, source, l, 2, 0.01);
        });
    }

    // Gᵀ·G / n + I of random G.
    private static double[] Positive(int n, ulong seed)
    {
        var random = new SeededRandom(seed);
        var g = new double[n * n];
        for (var i = 0; i < g.Length; i++) g[i] = random.NextDouble() - 0.5;
        var a = new double[n * n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                for (var t = 0; t < n; t++) a[i * n + j] += g[t * n + i] * g[t * n + j] / n;
                if (i == j) a[i * n + j] += 1;
            }
        }

        return a;
    }
}
