using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Removes rows and columns of a site, and moves the weights that stay so that the quadratic model of the loss grows least.</summary>
/// <remarks>
/// For removed columns C and kept columns K the best move is ΔW[:, K] = −W[:, C]·(A⁻¹[C, C])⁻¹·A⁻¹[C, K], which is W[:, C]·A[C, K]·A[K, K]⁻¹: one inverse of the size of what stays.
/// Rows likewise with G. Both moves start from the given weights and are added, then what was removed is set to 0, as in the published method.
/// </remarks>
internal static class StructureUpdate
{
    /// <summary>Changes the problem's weights.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="problem">The site.</param>
    /// <param name="removeRow">Whether each live row goes.</param>
    /// <param name="removeColumn">Whether each live column goes; the bias stays.</param>
    /// <param name="update">Whether the kept weights move.</param>
    /// <param name="scale">Factor of the move.</param>
    public static void Apply(ComputePool pool, SiteProblem problem, bool[] removeRow, bool[] removeColumn, bool update, double scale)
    {
        var (rows, columns) = (problem.Rows.Length, problem.Columns.Length);
        var weights = problem.Weights;
        if (update)
        {
            var byColumns = ColumnMove(pool, weights, rows, columns, problem.A, problem.InputRidge, removeColumn);
            var byRows = ColumnMove(pool, SurgeonMath.Transpose(weights, rows, columns), columns, rows, problem.G, problem.OutputRidge, removeRow);
            if (byRows is not null) byRows = SurgeonMath.Transpose(byRows, columns, rows);
            for (var i = 0; i < weights.Length; i++) weights[i] += scale * ((byRows?[i] ?? 0) + (byColumns?[i] ?? 0));
        }

        for (var i = 0; i < rows; i++)
            for (var j = 0; j < columns; j++)
                if (removeRow[i] || removeColumn[j]) weights[i * columns + j] = 0;
    }

    // Move of the kept columns, [rows, columns] with 0 in the removed ones; null where nothing is removed or nothing is left.
    private static double[]? ColumnMove(ComputePool pool, double[] weights, int rows, int columns, double[] a, double ridge, bool[] remove)
    {
        int[] removed = [.. Enumerable.Range(0, columns).Where(i => remove[i])];
        int[] kept = [.. Enumerable.Range(0, columns).Where(i => !remove[i])];
        if (removed.Length == 0 || kept.Length == 0) return null;
        var inverse = PositiveDefinite.Inverse(pool, Submatrix(a, columns, kept, kept), kept.Length, ridge);
        var gone = Submatrix(weights, columns, [.. Enumerable.Range(0, rows)], removed);
        var right = PositiveDefinite.MultiplyTransposed(pool, gone, rows, removed.Length, Submatrix(a, columns, kept, removed), kept.Length);
        var moved = PositiveDefinite.MultiplyTransposed(pool, right, rows, kept.Length, inverse, kept.Length);
        var result = new double[rows * columns];
        for (var i = 0; i < rows; i++)
            for (var j = 0; j < kept.Length; j++)
                result[i * columns + kept[j]] = moved[i * kept.Length + j];
        return result;
    }

    private static double[] Submatrix(double[] matrix, int size, int[] rows, int[] columns)
    {
        var result = new double[rows.Length * columns.Length];
        for (var i = 0; i < rows.Length; i++)
            for (var j = 0; j < columns.Length; j++)
                result[i * columns.Length + j] = matrix[rows[i] * size + columns[j]];
        return result;
    }
}
