using System.Numerics.Tensors;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Costs and updates of Optimal Brain Surgeon and Optimal Brain Damage under a curvature G ⊗ A (van der Ouderaa et al. 2024, arXiv 2312.17244).</summary>
internal static class SurgeonMath
{
    /// <summary>Costs of single weights, rows and columns.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="problem">The site.</param>
    /// <param name="update">
    /// Whether the other weights will move to make up for what is removed (Surgeon): ½·w²/([G⁻¹]ᵣᵣ[A⁻¹]꜀꜀), ½·wᵣAwᵣᵀ/[G⁻¹]ᵣᵣ, ½·w꜀ᵀGw꜀/[A⁻¹]꜀꜀;
    /// otherwise (Damage) Gᵣᵣ and A꜀꜀ stand for 1/[G⁻¹]ᵣᵣ and 1/[A⁻¹]꜀꜀.
    /// </param>
    /// <param name="dampCosts">Whether the damping counts in the quadratic forms, and in Damage, too.</param>
    public static SiteCosts Costs(ComputePool pool, SiteProblem problem, bool update, bool dampCosts)
    {
        var (rows, columns) = (problem.Rows.Length, problem.Columns.Length);
        var rowFactors = Factors(pool, problem.G, rows, update, problem.OutputRidge, dampCosts);
        var columnFactors = Factors(pool, problem.A, columns, update, problem.InputRidge, dampCosts);
        var (site, prunable) = (problem.Site, problem.PrunableColumns);
        var costs = new SiteCosts
        {
            RowFactors = new float[site.Rows],
            ColumnFactors = new float[site.Columns],
            RowCosts = new double[site.Rows],
            ColumnCosts = new double[site.Columns],
        };
        // A and G are symmetric. The element-wise product of W with W·A adds up to wAwᵀ of every row, that with G·W to wᵀGw of every column.
        var byInputs = PositiveDefinite.MultiplyTransposed(pool, problem.Weights, rows, columns, problem.A, columns);
        var byOutputs = PositiveDefinite.MultiplyTransposed(pool, problem.G, rows, rows, Transpose(problem.Weights, rows, columns), columns);
        var sums = new double[columns];
        for (var i = 0; i < rows; i++)
        {
            var index = problem.Rows[i];
            var row = problem.Weights.AsSpan(i * columns, columns);
            var square = TensorPrimitives.SumOfSquares<double>(row);
            var form = TensorPrimitives.Dot<double>(byInputs.AsSpan(i * columns, columns), row) + (dampCosts ? problem.InputRidge * square : 0);
            costs.RowCosts[index] = 0.5 * form * rowFactors[i];
            costs.RowFactors[index] = (float)rowFactors[i];
            TensorPrimitives.MultiplyAdd(byOutputs.AsSpan(i * columns, columns), row, sums, sums);
            if (!dampCosts) continue;
            for (var j = 0; j < columns; j++) sums[j] += problem.OutputRidge * row[j] * row[j];
        }

        for (var j = 0; j < prunable; j++)
        {
            costs.ColumnCosts[problem.Columns[j]] = 0.5 * sums[j] * columnFactors[j];
            costs.ColumnFactors[problem.Columns[j]] = (float)columnFactors[j];
        }

        return costs;
    }

    /// <summary>Costs of removing groups of neighbouring columns, each jointly: ½·tr(W꜀ᵀGW꜀·([A⁻¹]꜀꜀)⁻¹), or, without update, ½·tr(W꜀ᵀGW꜀·A꜀꜀). Damping counts.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="problem">The site.</param>
    /// <param name="width">Columns of a group.</param>
    /// <param name="update">Whether the other weights will move.</param>
    /// <returns>[columns / width]; dead columns cost nothing.</returns>
    public static double[] GroupCosts(ComputePool pool, SiteProblem problem, int width, bool update)
    {
        var (rows, columns) = (problem.Rows.Length, problem.Columns.Length);
        var matrix = update ? PositiveDefinite.Inverse(pool, problem.A, columns, problem.InputRidge) : problem.A;
        var byOutputs = PositiveDefinite.MultiplyTransposed(pool, problem.G, rows, rows, Transpose(problem.Weights, rows, columns), columns);
        var costs = new double[problem.Site.Columns / width];
        for (var unit = 0; unit < costs.Length; unit++)
        {
            int[] group = [.. Enumerable.Range(0, problem.PrunableColumns).Where(j => problem.Columns[j] / width == unit)];
            var n = group.Length;
            var system = new double[n * n];
            for (var i = 0; i < n; i++)
                for (var j = 0; j < n; j++) system[i * n + j] = matrix[group[i] * columns + group[j]];
            if (update) system = PositiveDefinite.Inverse(pool, system, n, 0);
            else for (var i = 0; i < n; i++) system[i * n + i] += problem.InputRidge;
            for (var row = 0; row < rows; row++)
            {
                var weights = problem.Weights.AsSpan(row * columns, columns);
                var products = byOutputs.AsSpan(row * columns, columns);
                for (var i = 0; i < n; i++)
                {
                    var sum = 0.0;
                    for (var j = 0; j < n; j++) sum += system[i * n + j] * (products[group[j]] + problem.OutputRidge * weights[group[j]]);
                    costs[unit] += 0.5 * weights[group[i]] * sum;
                }
            }
        }

        return costs;
    }

    // 1/[M⁻¹]ᵢᵢ, or Mᵢᵢ.
    private static double[] Factors(ComputePool pool, double[] matrix, int size, bool update, double ridge, bool dampCosts)
    {
        var source = update ? PositiveDefinite.Inverse(pool, matrix, size, ridge) : matrix;
        var factors = new double[size];
        for (var i = 0; i < size; i++) factors[i] = update ? 1 / source[i * size + i] : source[i * size + i] + (dampCosts ? ridge : 0);
        return factors;
    }

    /// <summary>[columns, rows] of [rows, columns].</summary>
    public static double[] Transpose(double[] matrix, int rows, int columns)
    {
        var result = new double[matrix.Length];
        for (var i = 0; i < rows; i++)
            for (var j = 0; j < columns; j++)
                result[j * rows + i] = matrix[i * columns + j];
        return result;
    }
}
