namespace Pare.Numerics;

/// <summary>A = L · Lᵀ of a symmetric positive definite matrix in double precision, and what is made of L.</summary>
/// <remarks>Blocked and left-looking: all work is products of contiguous rows. Results do not depend on the number of threads.</remarks>
internal static unsafe class Cholesky
{
    private const int Block = 48;

    // Rows that are handed to a thread at once.
    private const int Rows = 16;

    /// <summary>Replaces the lower triangle of A by L. What lies above the diagonal does not matter and may be written.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="a">[n, n], row by row.</param>
    /// <param name="n">Rows and columns.</param>
    /// <returns>−1, or the row at which A turned out not to be positive definite (or not finite); the lower triangle is then spoilt.</returns>
    public static int Factor(ComputePool pool, double* a, int n)
    {
        for (var start = 0; start < n; start += Block)
        {
            var width = Math.Min(Block, n - start);
            pool.For(Parts(n - start), new Update(a, n, start, width));
            var failed = FactorBlock(a, n, start, width);
            if (failed >= 0) return failed;
            var below = n - start - width;
            if (below > 0) pool.For(Parts(below), new SolveBelow(a, n, start, width));
        }

        return -1;
    }

    /// <summary>Y = L⁻ᵀ (upper triangular; the lower triangle is cleared), so that A⁻¹ = Y · Yᵀ.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="factor">L, [n, n].</param>
    /// <param name="inverse">Y, [n, n].</param>
    /// <param name="n">Rows and columns.</param>
    public static void InvertTransposed(ComputePool pool, double* factor, double* inverse, int n) => pool.For(Parts(n), new InvertRows(factor, inverse, n));

    /// <summary>A⁻¹, both triangles, from Y = L⁻ᵀ.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="inverseFactor">Y, [n, n].</param>
    /// <param name="inverse">A⁻¹, [n, n].</param>
    /// <param name="n">Rows and columns.</param>
    public static void Inverse(ComputePool pool, double* inverseFactor, double* inverse, int n)
    {
        pool.For(Parts(n), new Square(inverseFactor, inverse, n));
        pool.For(Parts(n), new Mirror(inverse, n));
    }

    /// <summary>Solves A · x = b in place.</summary>
    /// <param name="factor">L, [n, n].</param>
    /// <param name="n">Rows and columns.</param>
    /// <param name="x">[n]: b, replaced by x.</param>
    public static void Solve(double* factor, int n, double* x)
    {
        for (var i = 0; i < n; i++) x[i] = (x[i] - RowProducts.Dot(factor + (long)i * n, x, i)) / factor[(long)i * n + i];
        for (var i = n - 1; i >= 0; i--)
        {
            x[i] /= factor[(long)i * n + i];
            for (var j = 0; j < i; j++) x[j] -= x[i] * factor[(long)i * n + j];
        }
    }

    private static int Parts(int rows) => (rows + Rows - 1) / Rows;

    private static int FactorBlock(double* a, int n, int start, int width)
    {
        for (var i = start; i < start + width; i++)
        {
            var row = a + (long)i * n;
            for (var j = start; j < i; j++)
            {
                var other = a + (long)j * n;
                row[j] = (row[j] - RowProducts.Dot(row + start, other + start, j - start)) / other[j];
            }

            var pivot = row[i] - RowProducts.Dot(row + start, row + start, i - start);
            if (!(pivot > 0) || !double.IsFinite(pivot)) return i;
            row[i] = Math.Sqrt(pivot);
        }

        return -1;
    }

    // Columns [start, start + width) of the rows from start on, less what the columns before account for.
    private readonly struct Update(double* a, int n, int start, int width) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var first = start + part * Rows;
            var rows = Math.Min(Rows, n - first);
            RowProducts.Subtract(a + (long)first * n, n, a + (long)start * n, n, a + (long)first * n + start, n, rows, width, start);
        }
    }

    private readonly struct SolveBelow(double* a, int n, int start, int width) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var first = start + width + part * Rows;
            for (var i = first; i < Math.Min(n, first + Rows); i++)
            {
                var row = a + (long)i * n;
                for (var j = start; j < start + width; j++)
                {
                    var other = a + (long)j * n;
                    row[j] = (row[j] - RowProducts.Dot(row + start, other + start, j - start)) / other[j];
                }
            }
        }
    }

    // Row j of Y is column j of L⁻¹: a forward substitution of its own.
    private readonly struct InvertRows(double* factor, double* inverse, int n) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var first = part * Rows;
            var rows = Math.Min(Rows, n - first);
            for (var j = first; j < first + rows; j++)
            {
                new Span<double>(inverse + (long)j * n, n).Clear();
                inverse[(long)j * n + j] = 1;
            }

            // What lies left of the first row's diagonal is zero.
            for (var start = first; start < n; start += Block)
            {
                var width = Math.Min(Block, n - start);
                var target = inverse + (long)first * n + start;
                RowProducts.Subtract(inverse + (long)first * n + first, n, factor + (long)start * n + first, n, target, n, rows, width, start - first);
                for (var j = first; j < first + rows; j++)
                {
                    var row = inverse + (long)j * n;
                    for (var i = start; i < start + width; i++)
                    {
                        var other = factor + (long)i * n;
                        row[i] = i < j ? 0 : (row[i] - RowProducts.Dot(row + start, other + start, i - start)) / other[i];
                    }
                }
            }
        }
    }

    private readonly struct Square(double* factor, double* inverse, int n) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var first = part * Rows;
            var rows = Math.Min(Rows, n - first);
            var target = inverse + (long)first * n;
            for (var i = 0; i < rows; i++) new Span<double>(target + (long)i * n, n).Clear();
            // Rows of Y begin at their diagonal: nothing lies left of it. The columns up to these rows are enough.
            RowProducts.Subtract(factor + (long)first * n + first, n, factor + first, n, target, n, rows, first + rows, n - first);
            for (var i = 0; i < rows; i++)
            {
                for (var j = 0; j < first + rows; j++) target[(long)i * n + j] = -target[(long)i * n + j];
            }
        }
    }

    private readonly struct Mirror(double* a, int n) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var first = part * Rows;
            for (var i = first; i < Math.Min(n, first + Rows); i++)
            {
                for (var j = i + 1; j < n; j++) a[(long)i * n + j] = a[(long)j * n + i];
            }
        }
    }
}
