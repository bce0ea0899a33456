namespace Pare.Search;

/// <summary>The lower triangle L of A = L·Lᵀ, A symmetric and positive definite; for the few hundred candidates of a search.</summary>
internal sealed class CholeskyFactor
{
    private readonly double[][] _rows;

    private CholeskyFactor(double[][] rows) => _rows = rows;

    /// <summary>ln det A.</summary>
    public double LogDeterminant => 2 * Enumerable.Range(0, _rows.Length).Sum(i => Math.Log(_rows[i][i]));

    /// <summary>Factors a matrix, of which only the lower triangle is read; null where it is not positive definite in double precision.</summary>
    public static CholeskyFactor? TryCreate(double[][] matrix)
    {
        var rows = new double[matrix.Length][];
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows[i] = matrix[i][..(i + 1)];
            for (var j = 0; j <= i; j++)
            {
                var sum = row[j] - Dot(row, rows[j], j);
                if (j < i) row[j] = sum / rows[j][j];
                else if (!(sum > 1e-14 * Math.Abs(matrix[i][i]))) return null;
                else row[i] = Math.Sqrt(sum);
            }
        }

        return new CholeskyFactor(rows);
    }

    /// <summary>x of L·x = b.</summary>
    public double[] SolveLower(ReadOnlySpan<double> b)
    {
        var x = b.ToArray();
        for (var i = 0; i < x.Length; i++) x[i] = (x[i] - Dot(_rows[i], x, i)) / _rows[i][i];
        return x;
    }

    /// <summary>x of A·x = b.</summary>
    public double[] Solve(ReadOnlySpan<double> b)
    {
        var x = SolveLower(b);
        for (var i = x.Length - 1; i >= 0; i--)
        {
            x[i] /= _rows[i][i];
            for (var j = 0; j < i; j++) x[j] -= _rows[i][j] * x[i];
        }

        return x;
    }

    private static double Dot(double[] a, double[] b, int count) => System.Numerics.Tensors.TensorPrimitives.Dot<double>(a.AsSpan(0, count), b.AsSpan(0, count));
}
