namespace Pare.Reports.Plots;

/// <summary>A named series of points, or the bars of a histogram.</summary>
public sealed class PlotSeries
{
    /// <summary>Creates a series. Values that are not finite are left out of the drawing.</summary>
    /// <param name="name">Name in the legend.</param>
    /// <param name="x">Positions; for <see cref="PlotMarks.Bars"/> the edges, one more than there are bars.</param>
    /// <param name="y">Values.</param>
    /// <param name="marks">How the series is drawn.</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other.</exception>
    public PlotSeries(string name, IReadOnlyList<double> x, IReadOnlyList<double> y, PlotMarks marks = PlotMarks.Line)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        var expected = y.Count + (marks == PlotMarks.Bars ? 1 : 0);
        if (x.Count != expected) throw new ArgumentException($"series '{name}' has {y.Count} values and {x.Count} positions; {marks} needs {expected}", nameof(x));
        Name = name;
        X = x;
        Y = y;
        Marks = marks;
    }

    /// <summary>Name in the legend.</summary>
    public string Name { get; }

    /// <summary>Positions, or the edges of bars.</summary>
    public IReadOnlyList<double> X { get; }

    /// <summary>Values.</summary>
    public IReadOnlyList<double> Y { get; }

    /// <summary>How the series is drawn.</summary>
    public PlotMarks Marks { get; }

    /// <summary>The distribution of values as bars of equal width (of equal ratio on a logarithmic axis).</summary>
    /// <param name="name">Name in the legend.</param>
    /// <param name="values">The values; those that are not finite, and on a logarithmic axis those that are not positive, are not counted.</param>
    /// <param name="bins">Number of bars, at least 1.</param>
    /// <param name="logarithmic">Whether edges grow by a constant ratio.</param>
    /// <returns>A series whose values are counts; with no bar if there was nothing to count.</returns>
    public static PlotSeries Histogram(string name, IEnumerable<double> values, int bins, bool logarithmic = false)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        var positions = values.Where(value => double.IsFinite(value) && (!logarithmic || value > 0)).Select(value => logarithmic ? Math.Log10(value) : value).ToArray();
        if (positions.Length == 0) return new PlotSeries(name, [0], [], PlotMarks.Bars);

        var low = positions.Min();
        var width = positions.Max() - low;
        if (width <= 0) (low, width) = (low - 0.5, 1);
        var counts = new double[bins];
        foreach (var position in positions) counts[Math.Min(bins - 1, (int)((position - low) / width * bins))]++;
        var edges = new double[bins + 1];
        for (var i = 0; i <= bins; i++)
        {
            var edge = low + width * i / bins;
            edges[i] = logarithmic ? Math.Pow(10, edge) : edge;
        }

        return new PlotSeries(name, edges, counts, PlotMarks.Bars);
    }
}
