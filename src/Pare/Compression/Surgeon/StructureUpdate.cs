namespace Pare.Compression;

/// <summary>Removes rows and columns of a site, and moves the weights that stay so that the quadratic model of the loss grows least.</summary>
/// <remarks>
/// For removed rows R and kept rows K the best move is ΔW[K] = −G⁻¹[K,R]·(G⁻¹[R,R])⁻¹·W[R], which is G[K,K]⁻¹·G[K,R]·W[R]: one system of the size of what stays, no inverse.
/// Columns likewise with A. Both moves start from the given weights and are added, then what was removed is set to 0, as in the published method.
/// </remarks>
internal static class StructureUpdate
{
    /// <summary>Changes the problem's weights.</summary>
    /// <param name="problem">The site.</param>
    /// <param name="removeRow">Whether each live row goes.</param>
    /// <param name="removeColumn">Whether each live column goes; the bias stays.</param>
    /// <param name="update">Whether the kept weights move.</param>
    /// <param name="scale">Factor of the move.</param>
    public static void Apply(SiteProblem problem, bool[] removeRow, bool[] removeColumn, bool update, double scale)
    {
        var (rows, columns) = (problem.Rows.Length, problem.Columns.Length);
        var weights = problem.Weights;
        if (update)
        {
            var byRows = RowMove(weights, rows, columns, problem.G, problem.OutputRidge, removeRow);
            var byColumns = ColumnMove(weights, rows, columns, problem.A, problem.InputRidge, removeColumn);
            for (var i = 0; i < weights.Length; i++) weights[i] += scale * ((byRows?[i] ?? 0) + (byColumns?[i] ?? 0));
        }

        for (var i = 0; i < rows; i++)
            for (var j = 0; j < columns; j++)
                if (removeRow[i] || removeColumn[j]) weights[i * columns + j] = 0;
    }

    /// <summary>Move of the kept rows, [rows, columns] with 0 in the removed ones; null where nothing is removed or nothing is left.</summary>
    internal static double[]? RowMove(double[] weights, int rows, int columns, double[] g, double ridge, bool[] remove)
    {
        int[] removed = [.. Enumerable.Range(0, rows).Where(i => remove[i])];
        int[] kept = [.. Enumerable.Range(0, rows).Where(i => !remove[i])];
        if (removed.Length == 0 || kept.Length == 0) return null;
        var system = Submatrix(g, rows, kept, kept);
        var cross = Submatrix(g, rows, kept, removed);
        var right = new double[kept.Length * columns];
        var gone = new double[removed.Length * columns];
        for (var i = 0; i < removed.Length; i++) weights.AsSpan(removed[i] * columns, columns).CopyTo(gone.AsSpan(i * columns));
        for (var i = 0; i < kept.Length; i++)
            SurgeonMath.Combine(cross.AsSpan(i * removed.Length, removed.Length), gone, columns, right.AsSpan(i * columns, columns));
        PositiveDefinite.Solve(system, kept.Length, ridge, right, columns);
        var move = new double[rows * columns];
        for (var i = 0; i < kept.Length; i++) right.AsSpan(i * columns, columns).CopyTo(move.AsSpan(kept[i] * columns));
        return move;
    }

    /// <summary>Move of the kept columns, [rows, columns] with 0 in the removed ones; null where nothing is removed or nothing is left.</summary>
    internal static double[]? ColumnMove(double[] weights, int rows, int columns, double[] a, double ridge, bool[] remove) =>
        RowMove(Transpose(weights, rows, columns), columns, rows, a, ridge, remove) is { } move ? Transpose(move, columns, rows) : null;

    internal static double[] Submatrix(double[] matrix, int size, int[] rows, int[] columns)
    {
        var result = new double[rows.Length * columns.Length];
        for (var i = 0; i < rows.Length; i++)
            for (var j = 0; j < columns.Length; j++)
                result[i * columns.Length + j] = matrix[rows[i] * size + columns[j]];
        return result;
    }

    private static double[] Transpose(double[] matrix, int rows, int columns)
    {
        var result = new double[matrix.Length];
        for (var i = 0; i < rows; i++)
            for (var j = 0; j < columns; j++)
                result[j * rows + i] = matrix[i * columns + j];
        return result;
    }
}
