using Pare.Numerics;

namespace Pare.Search;

/// <summary>Points spread over the unit simplex (coordinates ≥ 0 that add up to 1), towards which U-NSGA-III searches.</summary>
public static class ReferenceDirections
{
    private const int Steps = 3000;

    /// <summary>All points whose coordinates are multiples of 1/partitions (Das and Dennis 1998): C(objectives + partitions − 1, partitions) of them.</summary>
    /// <param name="objectives">Coordinates, at least 2.</param>
    /// <param name="partitions">Steps along an edge, at least 1.</param>
    /// <returns>The points.</returns>
    public static IReadOnlyList<double[]> DasDennis(int objectives, int partitions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(objectives, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        var result = new List<double[]>();
        Place(new int[objectives], 0, partitions);
        return result;

        void Place(int[] parts, int index, int left)
        {
            if (index == parts.Length - 1)
            {
                parts[index] = left;
                result.Add([.. parts.Select(part => (double)part / partitions)]);
                return;
            }

            for (var part = 0; part <= left; part++)
            {
                parts[index] = part;
                Place(parts, index + 1, left - part);
            }
        }
    }

    /// <summary>Any number of well spread points (Blank et al. 2021): the corners, and points that repel each other with the Riesz energy Σ 1 / dᵢⱼˢ, s the square of the number of coordinates.</summary>
    /// <param name="objectives">Coordinates, at least 2.</param>
    /// <param name="points">Points, at least as many as coordinates.</param>
    /// <param name="seed">Seed of the start.</param>
    /// <returns>The points.</returns>
    /// <remarks>Projected gradient descent on the logarithm of the energy; a step that raises it is undone and halved.</remarks>
    public static IReadOnlyList<double[]> RieszEnergy(int objectives, int points, ulong seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(objectives, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(points, objectives);
        var random = new SeededRandom(seed);
        var current = new double[points][];
        for (var i = 0; i < points; i++)
        {
            current[i] = i < objectives ? [.. Enumerable.Range(0, objectives).Select(j => i == j ? 1.0 : 0.0)]
                : Project([.. Enumerable.Range(0, objectives).Select(_ => -SeededRandom.Log(1 - random.NextDouble()))], normalize: true);
        }

        var step = 0.1 / points;
        var gradient = Allocate(points, objectives);
        var energy = Energy(current, gradient);
        for (var i = 0; i < Steps && step > 1e-9; i++)
        {
            var largest = gradient.Skip(objectives).Select(Length).DefaultIfEmpty(0).Max();
            if (largest <= 0) break;
            var moved = current.Select((point, index) => index < objectives ? point
                : Project([.. point.Select((value, j) => value - step * gradient[index][j] / largest)], normalize: false)).ToArray();
            var next = Allocate(points, objectives);
            var lower = Energy(moved, next);
            if (lower < energy) (current, gradient, energy, step) = (moved, next, lower, step * 1.1);
            else step *= 0.5;
        }

        return current;
    }

    /// <summary>ln Σ 1 / dᵢⱼˢ over all pairs, and its gradient.</summary>
    internal static double Energy(double[][] points, double[][]? gradient)
    {
        var s = (double)points[0].Length * points[0].Length;
        double total = 0, nearest = double.PositiveInfinity;
        for (var i = 0; i < points.Length; i++)
        {
            for (var j = 0; j < i; j++) nearest = Math.Min(nearest, Distance(points[i], points[j]));
        }

        nearest = Math.Max(nearest, 1e-12);
        for (var i = 0; i < points.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                // Relative to the nearest pair, so that nothing overflows.
                var distance = Math.Max(Distance(points[i], points[j]), 1e-12);
                var term = Math.Pow(nearest / distance, s);
                total += term;
                if (gradient is null) continue;
                for (var k = 0; k < points[i].Length; k++)
                {
                    var pull = -s * term / (distance * distance) * (points[i][k] - points[j][k]);
                    gradient[i][k] += pull;
                    gradient[j][k] -= pull;
                }
            }
        }

        foreach (var row in gradient ?? [])
        {
            // Along the simplex only: the mean is the part that leaves it.
            var mean = row.Average();
            for (var k = 0; k < row.Length; k++) row[k] = (row[k] - mean) / total;
        }

        return Math.Log(total) - s * Math.Log(nearest);
    }

    private static double[] Project(double[] point, bool normalize)
    {
        if (normalize)
        {
            var sum = point.Sum();
            return [.. point.Select(value => value / sum)];
        }

        // The nearest point of the simplex (Held, Wolfe and Crowder 1974).
        var sorted = point.OrderDescending().ToArray();
        double total = 0, shift = 0;
        for (var i = 0; i < sorted.Length; i++)
        {
            total += sorted[i];
            var candidate = (total - 1) / (i + 1);
            if (sorted[i] > candidate) shift = candidate;
        }

        return [.. point.Select(value => Math.Max(0, value - shift))];
    }

    private static double[][] Allocate(int rows, int columns) => [.. Enumerable.Range(0, rows).Select(_ => new double[columns])];

    private static double Length(double[] row) => Math.Sqrt(row.Sum(value => value * value));

    private static double Distance(double[] a, double[] b)
    {
        double sum = 0;
        for (var k = 0; k < a.Length; k++) sum += (a[k] - b[k]) * (a[k] - b[k]);
        return Math.Sqrt(sum);
    }
}
