using System.Numerics.Tensors;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Removes single weights of a site, and moves the others so that the quadratic model of the loss grows least.</summary>
/// <remarks>
/// With F = G ⊗ A and removed weights Q the move is −F⁻¹E(EᵀF⁻¹E)⁻¹w_Q: the system C = G⁻¹[Q rows, Q rows] ∘ A⁻¹[Q columns, Q columns], C·x = w_Q, ΔW = −G⁻¹·mat(x)·A⁻¹.
/// Weights are taken row by row in groups; a group starts from what the groups before it left. At the end what was removed is set to 0.
/// </remarks>
internal static class ElementUpdate
{
    /// <summary>Changes the problem's weights.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="problem">The site.</param>
    /// <param name="remove">[rows, columns] of the live part: whether each weight goes; the bias stays.</param>
    /// <param name="update">Whether the kept weights move.</param>
    /// <param name="maxCorrelate">Weights of a group; 0 puts all into one group, −1 each row into one.</param>
    /// <param name="scale">Factor of the move.</param>
    public static void Apply(ComputePool pool, SiteProblem problem, bool[] remove, bool update, int maxCorrelate, double scale)
    {
        var (rows, columns) = (problem.Rows.Length, problem.Columns.Length);
        if (update && Array.IndexOf(remove, true) >= 0)
        {
            var inverseG = PositiveDefinite.Inverse(pool, problem.G, rows, problem.OutputRidge);
            var inverseA = PositiveDefinite.Inverse(pool, problem.A, columns, problem.InputRidge);
            var moved = (double[])problem.Weights.Clone();
            foreach (var (start, end) in Groups(remove, columns, maxCorrelate)) Move(pool, moved, remove, start, end, inverseG, rows, inverseA, columns);
            for (var i = 0; i < moved.Length; i++) problem.Weights[i] += scale * (moved[i] - problem.Weights[i]);
        }

        for (var i = 0; i < remove.Length; i++)
            if (remove[i]) problem.Weights[i] = 0;
    }

    // Ranges of positions in row order that hold a group's weights.
    private static IEnumerable<(int Start, int End)> Groups(bool[] remove, int columns, int maxCorrelate)
    {
        var most = maxCorrelate switch { 0 => remove.Length, < 0 => columns, _ => maxCorrelate };
        var (start, count) = (0, 0);
        for (var i = 0; i < remove.Length; i++)
        {
            if (maxCorrelate < 0 && i % columns == 0 && count > 0)
            {
                yield return (start, i);
                (start, count) = (i, 0);
            }

            if (!remove[i] || ++count < most) continue;
            yield return (start, i + 1);
            (start, count) = (i + 1, 0);
        }

        if (count > 0) yield return (start, remove.Length);
    }

    private static void Move(ComputePool pool, double[] weights, bool[] remove, int start, int end, double[] inverseG, int rows, double[] inverseA, int columns)
    {
        int[] group = [.. Enumerable.Range(start, end - start).Where(i => remove[i])];
        var n = group.Length;
        var system = new double[n * n];
        for (var i = 0; i < n; i++)
        {
            var (row, column) = (group[i] / columns * rows, group[i] % columns * columns);
            for (var j = 0; j < n; j++) system[i * n + j] = inverseG[row + group[j] / columns] * inverseA[column + group[j] % columns];
        }

        var x = Array.ConvertAll(group, i => weights[i]);
        PositiveDefinite.Solve(pool, system, n, x);
        // One row of mat(x)·A⁻¹ at a time, spread over all rows by the row's column of G⁻¹.
        var spread = new double[columns];
        for (var i = 0; i < n;)
        {
            var row = group[i] / columns;
            Array.Clear(spread);
            for (; i < n && group[i] / columns == row; i++)
                TensorPrimitives.MultiplyAdd(inverseA.AsSpan(group[i] % columns * columns, columns), x[i], spread, spread);
            for (var other = 0; other < rows; other++)
            {
                var target = weights.AsSpan(other * columns, columns);
                TensorPrimitives.MultiplyAdd(spread, -inverseG[row * rows + other], target, target);
            }
        }
    }
}
