namespace Pare.Search;

/// <summary>Size of the region that points dominate, up to a reference point (Zitzler and Thiele 1999); all objectives minimised. Exact in any number of dimensions.</summary>
/// <remarks>
/// Two objectives: one sweep, O(n log n). More: slices along the last objective (Knowles 2002), each the hypervolume of the points below it in one dimension less, so O(n² log n) for three.
/// </remarks>
public static class Hypervolume
{
    /// <summary>The hypervolume of points.</summary>
    /// <param name="points">Objectives of each point; points that are not better than the reference everywhere add nothing.</param>
    /// <param name="reference">The reference point.</param>
    /// <returns>The volume, at least 0.</returns>
    /// <exception cref="ArgumentException">A point has another number of objectives than the reference.</exception>
    public static double Of(IEnumerable<IReadOnlyList<double>> points, IReadOnlyList<double> reference)
    {
        ArgumentNullException.ThrowIfNull(points);
        ArgumentNullException.ThrowIfNull(reference);
        var inside = new List<double[]>();
        foreach (var point in points)
        {
            if (point.Count != reference.Count) throw new ArgumentException($"a point has {point.Count} objectives, the reference point {reference.Count}", nameof(points));
            var better = true;
            for (var i = 0; i < reference.Count; i++) better &= point[i] < reference[i];
            if (better) inside.Add([.. point]);
        }

        return Slice(inside, reference, reference.Count);
    }

    private static double Slice(List<double[]> points, IReadOnlyList<double> reference, int dimensions)
    {
        if (points.Count == 0) return 0;
        if (dimensions == 1) return reference[0] - points.Min(point => point[0]);
        if (dimensions == 2) return Sweep(points, reference);
        var last = dimensions - 1;
        points.Sort((a, b) => a[last].CompareTo(b[last]));
        double volume = 0;
        var below = new List<double[]>();
        for (var i = 0; i < points.Count; i++)
        {
            Insert(below, points[i], last);
            var depth = (i + 1 < points.Count ? points[i + 1][last] : reference[last]) - points[i][last];
            if (depth > 0) volume += depth * Slice([.. below], reference, last);
        }

        return volume;
    }

    private static double Sweep(List<double[]> points, IReadOnlyList<double> reference)
    {
        points.Sort((a, b) => a[0].CompareTo(b[0]));
        double area = 0, ceiling = reference[1];
        foreach (var point in points)
        {
            if (point[1] >= ceiling) continue;
            area += (reference[0] - point[0]) * (ceiling - point[1]);
            ceiling = point[1];
        }

        return area;
    }

    // Keeps only points that matter in the first dimensions, so that the slices stay small.
    private static void Insert(List<double[]> points, double[] point, int dimensions)
    {
        if (points.Exists(other => Covers(other, point, dimensions))) return;
        points.RemoveAll(other => Covers(point, other, dimensions));
        points.Add(point);
    }

    private static bool Covers(double[] first, double[] second, int dimensions)
    {
        for (var i = 0; i < dimensions; i++)
        {
            if (first[i] > second[i]) return false;
        }

        return true;
    }
}
