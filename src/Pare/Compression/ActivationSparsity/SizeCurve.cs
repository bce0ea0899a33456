using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Quantiles of sizes, to be asked for any level.</summary>
internal sealed class SizeCurve
{
    private const int Steps = 1000;
    private readonly float[] _points = new float[Steps + 1];

    /// <param name="points">The quantiles of all thousandths.</param>
    public SizeCurve(ReadOnlySpan<float> points) => points.CopyTo(_points);

    /// <summary>The curve of sizes.</summary>
    /// <param name="sizes">At least one; sorted in place.</param>
    public static SizeCurve Of(float[] sizes)
    {
        Array.Sort(sizes);
        var points = new float[Steps + 1];
        for (var i = 0; i <= Steps; i++) points[i] = OrderStatistics.QuantileOfSorted(sizes, (double)i / Steps);
        return new SizeCurve(points);
    }

    /// <summary>The quantiles of all thousandths.</summary>
    public IReadOnlyList<float> Points => _points;

    /// <summary>The quantile of a level: exact for thousandths, interpolated between.</summary>
    public float At(double level)
    {
        var place = Math.Round(level * Steps, 6);
        var below = (int)place;
        return below == place ? _points[below] : (float)(_points[below] + (place - below) * ((double)_points[below + 1] - _points[below]));
    }
}
