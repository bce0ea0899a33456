using System.Numerics.Tensors;

namespace Pare.Compression;

/// <summary>Costs and updates of Optimal Brain Surgeon and Optimal Brain Damage under a curvature G ⊗ A (van der Ouderaa et al. 2024, arXiv 2312.17244).</summary>
internal static class SurgeonMath
{
    /// <summary>Costs of single weights, rows and columns.</summary>
    /// <param name="problem">The site.</param>
    /// <param name="update">
    /// Whether the other weights will move to make up for what is removed (Surgeon): ½·w²/([G⁻¹]ᵣᵣ[A⁻¹]꜀꜀), ½·wᵣAwᵣᵀ/[G⁻¹]ᵣᵣ, ½·w꜀ᵀGw꜀/[A⁻¹]꜀꜀;
    /// otherwise (Damage) Gᵣᵣ and A꜀꜀ stand for 1/[G⁻¹]ᵣᵣ and 1/[A⁻¹]꜀꜀.
    /// </param>
    /// <param name="dampCosts">Whether the damping counts in the quadratic forms, and in Damage, too.</param>
    public static SiteCosts Costs(SiteProblem problem, bool update, bool dampCosts)
    {
        var (rows, columns) = (problem.Rows.Length, problem.Columns.Length);
        var rowFactors = Factors(problem.G, rows, update, problem.OutputRidge, dampCosts);
        var columnFactors = Factors(problem.A, columns, update, problem.InputRidge, dampCosts);
        var (site, prunable) = (problem.Site, problem.PrunableColumns);
        var costs = new SiteCosts
        {
            RowFactors = new float[site.Rows],
            ColumnFactors = new float[site.Columns],
            RowCosts = new double[site.Rows],
            ColumnCosts = new double[site.Columns],
        };
        var product = new double[columns];
        for (var i = 0; i < rows; i++)
        {
            var index = problem.Rows[i];
            var row = problem.Weights.AsSpan(i * columns, columns);
            // A is symmetric: w·A is a sum of its rows.
            Combine(row, problem.A, columns, product);
            if (dampCosts) TensorPrimitives.MultiplyAdd(row, problem.InputRidge, product, product);
            costs.RowCosts[index] = 0.5 * TensorPrimitives.Dot<double>(product, row) * rowFactors[i];
            costs.RowFactors[index] = (float)rowFactors[i];
        }

        var sums = new double[columns];
        for (var i = 0; i < rows; i++)
        {
            // (G·W) row by row; its element-wise product with W adds up to wᵀGw of every column.
            var row = problem.Weights.AsSpan(i * columns, columns);
            Combine(problem.G.AsSpan(i * rows, rows), problem.Weights, columns, product);
            if (dampCosts) TensorPrimitives.MultiplyAdd(row, problem.OutputRidge, product, product);
            TensorPrimitives.MultiplyAdd(product, row, sums, sums);
        }

        for (var j = 0; j < prunable; j++)
        {
            costs.ColumnCosts[problem.Columns[j]] = 0.5 * sums[j] * columnFactors[j];
            costs.ColumnFactors[problem.Columns[j]] = (float)columnFactors[j];
        }

        return costs;
    }

    // 1/[M⁻¹]ᵢᵢ, or Mᵢᵢ.
    private static double[] Factors(double[] matrix, int size, bool update, double ridge, bool dampCosts)
    {
        var source = update ? PositiveDefinite.Inverse(matrix, size, ridge) : matrix;
        var factors = new double[size];
        for (var i = 0; i < size; i++) factors[i] = update ? 1 / source[i * size + i] : source[i * size + i] + (dampCosts ? ridge : 0);
        return factors;
    }

    // sum = Σ_i coefficient[i]·matrix[i, :]
    internal static void Combine(ReadOnlySpan<double> coefficients, ReadOnlySpan<double> matrix, int width, Span<double> sum)
    {
        sum.Clear();
        for (var i = 0; i < coefficients.Length; i++)
            if (coefficients[i] != 0) TensorPrimitives.MultiplyAdd(matrix.Slice(i * width, width), coefficients[i], sum, sum);
    }
}
