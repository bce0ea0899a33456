using Pare.Compression;

namespace Pare.Tests.Compression.Surgeon;

/// <summary>The quadratic model of a site's loss written out as one matrix over all its weights, with the textbook's formulas of Optimal Brain Surgeon and Damage.</summary>
internal sealed class DenseFisher
{
    private readonly int _size;
    private readonly double[][] _fisher;
    private readonly double[][] _inverse;

    public DenseFisher(SiteProblem problem)
    {
        var (rows, columns) = (problem.Rows.Length, problem.Columns.Length);
        _size = rows * columns;
        _fisher = [.. Enumerable.Range(0, _size).Select(p => Enumerable.Range(0, _size).Select(q =>
            (problem.G[p / columns * rows + q / columns] + (p / columns == q / columns ? problem.OutputRidge : 0))
            * (problem.A[p % columns * columns + q % columns] + (p % columns == q % columns ? problem.InputRidge : 0))).ToArray())];
        _inverse = Invert(_fisher);
    }

    /// <summary>½·w_Eᵀ·([F⁻¹]_EE)⁻¹·w_E.</summary>
    public double SurgeonCost(double[] weights, int[] set) => 0.5 * Product(Invert(Part(_inverse, set)), [.. set.Select(i => weights[i])]);

    /// <summary>½·w_Eᵀ·F_EE·w_E.</summary>
    public double DamageCost(double[] weights, int[] set) => 0.5 * Product(Part(_fisher, set), [.. set.Select(i => weights[i])]);

    /// <summary>−F⁻¹Eᵀ(EF⁻¹Eᵀ)⁻¹·w_E.</summary>
    public double[] Move(double[] weights, int[] set)
    {
        var inner = Invert(Part(_inverse, set));
        double[] x = [.. inner.Select(row => row.Zip(set, (value, i) => value * weights[i]).Sum())];
        return [.. Enumerable.Range(0, _size).Select(p => -set.Select((q, i) => _inverse[p][q] * x[i]).Sum())];
    }

    /// <summary>½·ΔwᵀFΔw.</summary>
    public double Loss(double[] move) => 0.5 * Product(_fisher, move);

    private static double[][] Part(double[][] matrix, int[] set) => [.. set.Select(i => set.Select(j => matrix[i][j]).ToArray())];

    private static double Product(double[][] matrix, double[] x) => matrix.Select((row, i) => x[i] * row.Zip(x, (a, b) => a * b).Sum()).Sum();

    // Gauss and Jordan, with the largest pivot of each column.
    private static double[][] Invert(double[][] matrix)
    {
        var n = matrix.Length;
        double[][] work = [.. matrix.Select((row, i) => row.Concat(Enumerable.Range(0, n).Select(j => i == j ? 1.0 : 0.0)).ToArray())];
        for (var k = 0; k < n; k++)
        {
            var pivot = Enumerable.Range(k, n - k).MaxBy(i => Math.Abs(work[i][k]));
            (work[k], work[pivot]) = (work[pivot], work[k]);
            work[k] = [.. work[k].Select(value => value / work[k][k])];
            for (var i = 0; i < n; i++)
            {
                if (i == k) continue;
                var factor = work[i][k];
                for (var j = 0; j < 2 * n; j++) work[i][j] -= factor * work[k][j];
            }
        }

        return [.. work.Select(row => row[n..])];
    }
}
