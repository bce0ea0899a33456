using Pare.Numerics;

namespace Pare.Tests.Numerics;

public sealed unsafe class SymmetricEigenTests
{
    [Theory]
    [InlineData(1, "random")]
    [InlineData(2, "random")]
    [InlineData(3, "random")]
    [InlineData(64, "random")]
    [InlineData(131, "random")]
    [InlineData(70, "rank")]
    [InlineData(40, "identity")]
    [InlineData(40, "zero")]
    [InlineData(33, "diagonal")]
    [InlineData(50, "graded")]
    public void Vectors_and_values_meet_their_definition(int n, string kind)
    {
        using var pool = new ComputePool(2);
        var a = Matrix(n, kind);
        var scale = Math.Max(a.Max(Math.Abs), 1e-300);
        var (vectors, values) = ((double[])a.Clone(), new double[n]);
        fixed (double* u = vectors, d = values) SymmetricEigen.Decompose(pool, u, d, n);
        for (var i = 0; i < n; i++)
        {
            if (i > 0) Assert.True(values[i] <= values[i - 1]);
            var largest = vectors.AsSpan(i * n, n).ToArray().MaxBy(Math.Abs);
            Assert.True(largest > 0);
            for (var r = 0; r < n; r++)
            {
                double product = 0, inner = 0;
                for (var c = 0; c < n; c++)
                {
                    product += a[r * n + c] * vectors[i * n + c];
                    inner += vectors[r * n + c] * vectors[i * n + c];
                }

                Assert.Equal(r == i ? 1 : 0, inner, 1e-12);
                // Backward stable: the residual is a small multiple of n · 2⁻⁵³ · ‖A‖.
                Assert.Equal(0, (product - values[i] * vectors[i * n + r]) / scale, n * 1e-14);
            }
        }

        Assert.Equal(Enumerable.Range(0, n).Sum(i => a[i * n + i]) / scale, values.Sum() / scale, n * 1e-13);
    }

    [Fact]
    public void Known_eigenvalues_are_found()
    {
        // Second differences: 2 − 2 cos(k π / (n + 1)).
        const int N = 50;
        using var pool = new ComputePool(1);
        var (a, values) = (new double[N * N], new double[N]);
        for (var i = 0; i < N; i++)
        {
            a[i * N + i] = 2;
            if (i > 0) a[i * N + i - 1] = a[(i - 1) * N + i] = -1;
        }

        fixed (double* u = a, d = values) SymmetricEigen.Decompose(pool, u, d, N);
        for (var i = 0; i < N; i++) Assert.Equal(2 - 2 * Math.Cos((N - i) * Math.PI / (N + 1)), values[i], 1e-13);
    }

    [Fact]
    public void The_number_of_threads_does_not_matter()
    {
        var results = new[] { 1, 3 }.Select(threads =>
        {
            using var pool = new ComputePool(threads);
            var (a, values) = (Matrix(97, "random"), new double[97]);
            fixed (double* u = a, d = values) SymmetricEigen.Decompose(pool, u, d, 97);
            return a;
        }).ToArray();
        Assert.Equal(results[0], results[1]);
    }

    [Fact]
    public void What_is_not_finite_is_refused()
    {
        using var pool = new ComputePool(1);
        double[] a = [1, double.NaN, double.NaN, 2], values = [0, 0];
        Assert.Throws<ArithmeticException>(() =>
        {
            fixed (double* u = a, d = values) SymmetricEigen.Decompose(pool, u, d, 2);
        });
    }

    private static double[] Matrix(int n, string kind)
    {
        var random = new SeededRandom(17);
        var a = new double[n * n];
        if (kind is "identity" or "diagonal") for (var i = 0; i < n; i++) a[i * n + i] = kind == "identity" ? 1 : i % 7 - 3;
        if (kind is not ("random" or "rank" or "graded")) return a;
        var factors = Enumerable.Range(0, kind == "rank" ? 5 : n).Select(_ => Enumerable.Range(0, n).Select(_ => random.NextGaussian()).ToArray()).ToArray();
        for (var i = 0; i < n; i++)
            for (var j = 0; j < n; j++)
                a[i * n + j] = factors.Index().Sum(f => f.Item[i] * f.Item[j] * (kind == "graded" ? Math.Pow(10, -f.Index / 4.0) : kind == "random" && f.Index % 2 == 0 ? -1 : 1));
        return a;
    }
}
