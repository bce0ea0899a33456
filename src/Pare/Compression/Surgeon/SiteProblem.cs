using Pare.Calibration;
using Pare.Models;

namespace Pare.Compression;

/// <summary>The quadratic model of the loss around one site's weights: ½·tr(G·ΔW·A·ΔWᵀ), over the rows and columns that still do something.</summary>
/// <remarks>
/// A row is dead where all its weights (and its bias) are 0 or G's diagonal is 0, a column where all its weights are 0 or A's diagonal is 0. Dead ones take no part.
/// A bias is the last column of W; its input is the constant 1, and it is never removed by itself.
/// </remarks>
internal sealed class SiteProblem
{
    /// <param name="site">The site.</param>
    /// <param name="rows">Live rows.</param>
    /// <param name="columns">Live columns.</param>
    public SiteProblem(LinearSite site, int[] rows, int[] columns)
    {
        (Site, Rows, Columns) = (site, rows, columns);
        HasBias = columns is [.., var last] && last == site.Columns;
    }

    /// <summary>The site.</summary>
    public LinearSite Site { get; }

    /// <summary>Live rows, by their index in the site.</summary>
    public int[] Rows { get; }

    /// <summary>Live columns, by their index in the site; the bias last, as column <see cref="LinearSite.Columns"/>.</summary>
    public int[] Columns { get; }

    /// <summary>Whether the last column is the bias.</summary>
    public bool HasBias { get; }

    /// <summary>Live columns without the bias.</summary>
    public int PrunableColumns => Columns.Length - (HasBias ? 1 : 0);

    /// <summary>[rows, columns] live weights.</summary>
    public required double[] Weights { get; init; }

    /// <summary>[columns, columns], as it was estimated.</summary>
    public required double[] A { get; init; }

    /// <summary>[rows, rows], as it was estimated.</summary>
    public required double[] G { get; init; }

    /// <summary>What damping adds to A's diagonal.</summary>
    public required double InputRidge { get; init; }

    /// <summary>What damping adds to G's diagonal.</summary>
    public required double OutputRidge { get; init; }

    /// <summary>Takes a site's weights and factors.</summary>
    /// <param name="site">The site.</param>
    /// <param name="weights">[rows, columns].</param>
    /// <param name="bias">[rows], or empty.</param>
    /// <param name="factors">The curvature.</param>
    /// <param name="inputDamping">λ: A gets λ·mean(diag A) on its diagonal.</param>
    /// <param name="outputDamping">The same for G.</param>
    public static SiteProblem Of(LinearSite site, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, CurvatureFactors factors, double inputDamping, double outputDamping)
    {
        var width = FactorKey.InputSize(site);
        var (a, g) = (new double[width * width], new double[site.Rows * site.Rows]);
        factors.ReadInput(site, 0, a);
        factors.ReadOutput(site, 0, g);
        var rows = LiveRows(site, weights, bias, g);
        var columns = LiveColumns(site, weights, a, width);
        var live = new double[rows.Length * columns.Length];
        for (var i = 0; i < rows.Length; i++)
            for (var j = 0; j < columns.Length; j++)
                live[i * columns.Length + j] = columns[j] == site.Columns ? bias[rows[i]] : weights[rows[i] * site.Columns + columns[j]];
        (a, g) = (Submatrix(a, width, columns), Submatrix(g, site.Rows, rows));
        return new SiteProblem(site, rows, columns)
        {
            Weights = live,
            A = a,
            G = g,
            InputRidge = inputDamping * MeanDiagonal(a, columns.Length),
            OutputRidge = outputDamping * MeanDiagonal(g, rows.Length),
        };
    }

    /// <summary>Puts the weights back. Dead rows and columns become 0.</summary>
    public void Store(Span<float> weights, Span<float> bias)
    {
        weights.Clear();
        if (HasBias) bias.Clear();
        for (var i = 0; i < Rows.Length; i++)
        {
            for (var j = 0; j < Columns.Length; j++)
            {
                var value = (float)Weights[i * Columns.Length + j];
                if (Columns[j] == Site.Columns) bias[Rows[i]] = value;
                else weights[Rows[i] * Site.Columns + Columns[j]] = value;
            }
        }
    }

    private static int[] LiveRows(LinearSite site, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, double[] g)
    {
        var live = new List<int>();
        for (var row = 0; row < site.Rows; row++)
        {
            var isZero = weights.Slice(row * site.Columns, site.Columns).IndexOfAnyExcept(0f) < 0 && (bias.IsEmpty || bias[row] == 0);
            if (!isZero && g[row * site.Rows + row] > 0) live.Add(row);
        }

        return [.. live];
    }

    private static int[] LiveColumns(LinearSite site, ReadOnlySpan<float> weights, double[] a, int width)
    {
        var isUsed = new bool[width];
        for (var row = 0; row < site.Rows; row++)
            for (var column = 0; column < site.Columns; column++)
                if (weights[row * site.Columns + column] != 0) isUsed[column] = true;
        if (width > site.Columns) isUsed[^1] = true;
        return [.. Enumerable.Range(0, width).Where(column => isUsed[column] && a[column * width + column] > 0)];
    }

    private static double[] Submatrix(double[] matrix, int size, int[] live)
    {
        if (live.Length == size) return matrix;
        var result = new double[live.Length * live.Length];
        for (var i = 0; i < live.Length; i++)
            for (var j = 0; j < live.Length; j++) result[i * live.Length + j] = matrix[live[i] * size + live[j]];
        return result;
    }

    private static double MeanDiagonal(double[] matrix, int size)
    {
        var trace = 0.0;
        for (var i = 0; i < size; i++) trace += matrix[i * size + i];
        return size == 0 ? 0 : trace / size;
    }
}
