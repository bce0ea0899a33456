namespace Pare.Search;

/// <summary>Ideal and nadir point of what a search has seen, by which NSGA-III scales objectives (Deb and Jain 2014).</summary>
internal sealed class ObjectiveNormalization(int objectives)
{
    private const double Small = 1e-6;
    private readonly double[] _worst = [.. Enumerable.Repeat(double.NegativeInfinity, objectives)];
    private double[][] _extremes = [];

    /// <summary>Least value of each objective so far.</summary>
    public double[] Ideal { get; } = [.. Enumerable.Repeat(double.PositiveInfinity, objectives)];

    /// <summary>Estimated largest value of each objective on the front.</summary>
    public double[] Nadir { get; private set; } = new double[objectives];

    /// <summary>Takes in a population and its first front; only finite objectives.</summary>
    public void Update(IReadOnlyList<IReadOnlyList<double>> population, IReadOnlyList<IReadOnlyList<double>> front)
    {
        foreach (var point in population)
        {
            for (var m = 0; m < objectives; m++)
            {
                Ideal[m] = Math.Min(Ideal[m], point[m]);
                _worst[m] = Math.Max(_worst[m], point[m]);
            }
        }

        double[][] pool = [.. _extremes, .. front.Select(point => point.ToArray())];
        _extremes = [.. Enumerable.Range(0, objectives).Select(axis => pool.MinBy(point => Achievement(point, axis))!)];
        double[] worstOfFront = [.. Enumerable.Range(0, objectives).Select(m => front.Max(point => point[m]))];
        Nadir = Intercepts() ?? worstOfFront;
        for (var m = 0; m < objectives; m++)
        {
            if (Nadir[m] - Ideal[m] <= Small) Nadir[m] = Math.Max(population.Max(point => point[m]), Ideal[m] + Small);
        }
    }

    // Distance from an axis: every other objective counts a million times.
    private double Achievement(double[] point, int axis)
    {
        var largest = double.NegativeInfinity;
        for (var m = 0; m < objectives; m++)
        {
            var value = point[m] - Ideal[m];
            if (value < 1e-3) value = 0;
            largest = Math.Max(largest, m == axis ? value : value * 1e6);
        }

        return largest;
    }

    // Where the plane through the extreme points meets the axes; null where there is no such plane or it lies outside of what was seen.
    private double[]? Intercepts()
    {
        var matrix = new double[objectives, objectives + 1];
        for (var i = 0; i < objectives; i++)
        {
            for (var m = 0; m < objectives; m++) matrix[i, m] = _extremes[i][m] - Ideal[m];
            matrix[i, objectives] = 1;
        }

        if (!Solve(matrix)) return null;
        var nadir = new double[objectives];
        for (var m = 0; m < objectives; m++)
        {
            var intercept = 1 / matrix[m, objectives];
            if (!(intercept > Small) || !double.IsFinite(intercept)) return null;
            nadir[m] = Math.Min(Ideal[m] + intercept, _worst[m]);
        }

        return nadir;
    }

    // Gauss-Jordan elimination with row exchange; the solution lies in the last column.
    private bool Solve(double[,] matrix)
    {
        for (var pivot = 0; pivot < objectives; pivot++)
        {
            var best = pivot;
            for (var row = pivot + 1; row < objectives; row++)
            {
                if (Math.Abs(matrix[row, pivot]) > Math.Abs(matrix[best, pivot])) best = row;
            }

            if (Math.Abs(matrix[best, pivot]) < 1e-12) return false;
            for (var column = 0; column <= objectives; column++) (matrix[pivot, column], matrix[best, column]) = (matrix[best, column], matrix[pivot, column]);
            for (var row = 0; row < objectives; row++)
            {
                if (row == pivot) continue;
                var factor = matrix[row, pivot] / matrix[pivot, pivot];
                for (var column = pivot; column <= objectives; column++) matrix[row, column] -= factor * matrix[pivot, column];
            }
        }

        for (var row = 0; row < objectives; row++) matrix[row, objectives] /= matrix[row, row];
        return true;
    }
}
