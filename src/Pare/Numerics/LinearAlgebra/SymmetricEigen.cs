using System.Numerics.Tensors;

namespace Pare.Numerics;

/// <summary>A = Σ λ · u uᵀ of a symmetric matrix in double precision: Householder's reduction to three diagonals, then implicit QL steps.</summary>
/// <remarks>Eigenvectors lie in rows throughout, so that all work is on contiguous numbers. Results do not depend on the number of threads.</remarks>
internal static unsafe class SymmetricEigen
{
    private const int MostSteps = 60;

    // Rows, and columns of a row, that are handed to a thread at once.
    private const int Rows = 32;
    private const int Columns = 64;

    /// <summary>Replaces the rows of A by its eigenvectors of length one, those of the largest eigenvalues first; the largest entry of each is positive.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="a">[n, n], symmetric.</param>
    /// <param name="values">[n]: receives the eigenvalues, falling.</param>
    /// <param name="n">Rows and columns.</param>
    /// <exception cref="ArithmeticException">A holds a value that is not finite.</exception>
    public static void Decompose(ComputePool pool, double* a, double* values, int n)
    {
        for (long i = 0; i < (long)n * n; i++)
            if (!double.IsFinite(a[i])) throw new ArithmeticException("the matrix holds a value that is not finite");
        var (beside, factors) = (new double[n], new double[n]);
        using var memory = new NativeBuffer<double>((long)n * n);
        var vectors = memory.Pointer;
        fixed (double* e = beside)
        fixed (double* beta = factors)
        {
            Reduce(pool, a, n, values, e, beta);
            Accumulate(pool, a, beta, vectors, n);
            Diagonalize(pool, values, e, vectors, n);
        }

        Sort(values, vectors, a, n);
    }

    // Step k zeroes row k beyond the neighbour of the diagonal by H = 1 − β v vᵀ; v stays in that row.
    private static void Reduce(ComputePool pool, double* a, int n, double* diagonal, double* beside, double* beta)
    {
        var (products, shares) = (new double[n], new double[n]);
        fixed (double* p = products)
        fixed (double* w = shares)
        {
            for (var k = 0; k < n - 1; k++)
            {
                var m = n - k - 1;
                var v = a + (long)k * n + k + 1;
                diagonal[k] = v[-1];
                // Scaled, so that squares of small or large rows stay numbers.
                var scale = Math.Abs(TensorPrimitives.MaxMagnitude(new ReadOnlySpan<double>(v, m)));
                if (scale == 0 || m == 1)
                {
                    beside[k] = v[0];
                    beta[k] = 0;
                    continue;
                }

                var row = new Span<double>(v, m);
                TensorPrimitives.Divide(row, scale, row);
                var norm = Math.Sqrt(TensorPrimitives.SumOfSquares<double>(row));
                var alpha = v[0] > 0 ? -norm : norm;
                beside[k] = alpha * scale;
                v[0] -= alpha;
                beta[k] = 1 / (norm * (norm + Math.Abs(v[0] + alpha)));
                var rest = a + (long)(k + 1) * n + k + 1;
                pool.For((m + Rows - 1) / Rows, new Apply(rest, n, v, p, m, beta[k]));
                var half = beta[k] / 2 * TensorPrimitives.Dot<double>(new ReadOnlySpan<double>(p, m), row);
                for (var i = 0; i < m; i++) w[i] = p[i] - half * v[i];
                pool.For((m + Rows - 1) / Rows, new Update(rest, n, v, w, m));
            }
        }

        diagonal[n - 1] = a[(long)n * n - 1];
    }

    // Rows of the result are the columns of H₀ · H₁ · …: products from the last one on, which touch the lower right part only.
    private static void Accumulate(ComputePool pool, double* a, double* beta, double* vectors, int n)
    {
        for (var i = 0; i < n; i++) vectors[(long)i * n + i] = 1;
        for (var k = n - 2; k >= 0; k--)
        {
            var m = n - k - 1;
            // In rows the product is from the right: row ← row − β (row · v) v.
            if (beta[k] != 0) pool.For((m + Rows - 1) / Rows, new Reflect(vectors + (long)(k + 1) * n + k + 1, n, a + (long)k * n + k + 1, m, beta[k]));
        }
    }

    private static void Diagonalize(ComputePool pool, double* d, double* e, double* vectors, int n)
    {
        var turns = new (double Cosine, double Sine)[n];
        fixed ((double Cosine, double Sine)* turn = turns)
        {
            for (var l = 0; l < n; l++)
            {
                for (var step = 0; ; step++)
                {
                    var m = l;
                    while (m < n - 1 && Math.Abs(e[m]) > double.Epsilon && Math.Abs(e[m]) > 1.1e-16 * (Math.Abs(d[m]) + Math.Abs(d[m + 1]))) m++;
                    if (m == l) break;
                    if (step == MostSteps) throw new ArithmeticException("the eigenvalues of the matrix do not settle");
                    var first = Step(d, e, l, m, turn);
                    pool.For((n + Columns - 1) / Columns, new Turn(vectors, n, turn, first, m));
                }
            }
        }
    }

    // One step with Wilkinson's shift on rows l to m; gives the first row whose turn was reached.
    private static int Step(double* d, double* e, int l, int m, (double Cosine, double Sine)* turn)
    {
        var g = (d[l + 1] - d[l]) / (2 * e[l]);
        g = d[m] - d[l] + e[l] / (g + Math.CopySign(double.Hypot(g, 1), g));
        var (s, c, p) = (1.0, 1.0, 0.0);
        for (var i = m - 1; i >= l; i--)
        {
            var (f, b) = (s * e[i], c * e[i]);
            var r = double.Hypot(f, g);
            e[i + 1] = r;
            if (r == 0)
            {
                d[i + 1] -= p;
                e[m] = 0;
                return i + 1;
            }

            (s, c) = (f / r, g / r);
            g = d[i + 1] - p;
            r = (d[i] - g) * s + 2 * c * b;
            p = s * r;
            d[i + 1] = g + p;
            g = c * r - b;
            turn[i] = (c, s);
        }

        d[l] -= p;
        e[l] = g;
        e[m] = 0;
        return l;
    }

    private static void Sort(double* values, double* vectors, double* sorted, int n)
    {
        var given = new ReadOnlySpan<double>(values, n).ToArray();
        int[] order = [.. Enumerable.Range(0, n).OrderByDescending(i => given[i])];
        for (var i = 0; i < n; i++)
        {
            values[i] = given[order[i]];
            var source = new ReadOnlySpan<double>(vectors + (long)order[i] * n, n);
            var target = new Span<double>(sorted + (long)i * n, n);
            if (source[TensorPrimitives.IndexOfMaxMagnitude(source)] < 0) TensorPrimitives.Negate(source, target);
            else source.CopyTo(target);
        }
    }

    // p = β · A v.
    private readonly struct Apply(double* a, int stride, double* v, double* p, int m, double beta) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            for (var i = part * Rows; i < Math.Min(m, (part + 1) * Rows); i++) p[i] = beta * TensorPrimitives.Dot(new ReadOnlySpan<double>(a + (long)i * stride, m), new ReadOnlySpan<double>(v, m));
        }
    }

    // A −= v wᵀ + w vᵀ.
    private readonly struct Update(double* a, int stride, double* v, double* w, int m) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            for (var i = part * Rows; i < Math.Min(m, (part + 1) * Rows); i++)
            {
                var row = new Span<double>(a + (long)i * stride, m);
                TensorPrimitives.MultiplyAdd(new ReadOnlySpan<double>(w, m), -v[i], row, row);
                TensorPrimitives.MultiplyAdd(new ReadOnlySpan<double>(v, m), -w[i], row, row);
            }
        }
    }

    private readonly struct Reflect(double* vectors, int stride, double* v, int m, double beta) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            for (var i = part * Rows; i < Math.Min(m, (part + 1) * Rows); i++)
            {
                var row = new Span<double>(vectors + (long)i * stride, m);
                TensorPrimitives.MultiplyAdd(new ReadOnlySpan<double>(v, m), -beta * TensorPrimitives.Dot<double>(row, new ReadOnlySpan<double>(v, m)), row, row);
            }
        }
    }

    // Turns rows i and i + 1 against each other, from the last pair to the first, in a band of columns.
    private readonly struct Turn(double* vectors, int n, (double Cosine, double Sine)* turn, int first, int last) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var column = part * Columns;
            var width = Math.Min(Columns, n - column);
            for (var i = last - 1; i >= first; i--)
            {
                var (c, s) = turn[i];
                double* upper = vectors + (long)i * n + column, lower = upper + n;
                for (var j = 0; j < width; j++) (upper[j], lower[j]) = (c * upper[j] - s * lower[j], s * upper[j] + c * lower[j]);
            }
        }
    }
}
