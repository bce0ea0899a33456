using System.Text;
using static Pare.Reports.MarkupWriter;

namespace Pare.Reports.Plots;

/// <summary>Lines, points or histogram bars over two axes.</summary>
public sealed class XyPlot : Plot
{
    private const double FrameHeight = 270, Margin = 28;
    private readonly PlotAxis _x, _y;
    private readonly List<PlotSeries> _series = [];
    private readonly List<PlotReference> _references = [];

    /// <summary>Creates a plot without series.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="description">What it shows in words; may be empty.</param>
    /// <param name="x">The horizontal axis.</param>
    /// <param name="y">The vertical axis.</param>
    public XyPlot(string title, string description, PlotAxis x, PlotAxis y)
        : base(title, description)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        (_x, _y) = (x, y);
    }

    /// <summary>Adds a series.</summary>
    /// <param name="series">The series.</param>
    /// <returns>This plot.</returns>
    public XyPlot Add(PlotSeries series)
    {
        ArgumentNullException.ThrowIfNull(series);
        _series.Add(series);
        return this;
    }

    /// <summary>Adds a dashed line to compare with.</summary>
    /// <param name="reference">The line.</param>
    /// <returns>This plot.</returns>
    public XyPlot Add(PlotReference reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        _references.Add(reference);
        return this;
    }

    private string[] Names => [.. _series.Select(series => series.Name)];

    internal override double Height => PlotLegend.Height(Names) + Margin + FrameHeight + 44;

    internal override void Draw(MarkupWriter writer)
    {
        PlotLegend.Draw(writer, Names);
        var top = PlotLegend.Height(Names) + Margin;
        var bottom = top + FrameHeight;
        var values = _series.SelectMany(series => series.Y).Concat(_references.Where(reference => !reference.Vertical).Select(reference => reference.Value));
        if (_series.Exists(series => series.Marks == PlotMarks.Bars)) values = values.Append(0);
        var y = AxisScale.Over(_y, values, bottom, top, 5);
        var left = y.TextWidth + 14;
        const double right = Width - 14;
        var positions = _series.SelectMany(series => series.X).Concat(_references.Where(reference => reference.Vertical).Select(reference => reference.Value));
        var inset = _series.Exists(series => series.Marks is PlotMarks.Points or PlotMarks.LineAndPoints) ? 8 : 0;   // no dot lies on the frame
        var x = AxisScale.Over(_x, positions, left + inset, right - inset, 9);

        DrawAxes(writer, x, y, left, right, top, bottom);
        for (var i = 0; i < _series.Count; i++) DrawSeries(writer, _series[i], i % 8, x, y, bottom);
        foreach (var reference in _references) DrawReference(writer, reference, x, y, left, right, top, bottom);
    }

    private void DrawAxes(MarkupWriter writer, AxisScale x, AxisScale y, double left, double right, double top, double bottom)
    {
        foreach (var (value, text) in y.Ticks)
        {
            var at = y.Map(value);
            writer.Empty("line", ("class", "grid"), ("x1", Number(left)), ("x2", Number(right)), ("y1", Number(at)), ("y2", Number(at)));
            writer.Element("text", text, ("x", Number(left - 7)), ("y", Number(at + 4)), ("text-anchor", "end"));
        }

        writer.Empty("line", ("class", "axis"), ("x1", Number(left)), ("x2", Number(right)), ("y1", Number(bottom)), ("y2", Number(bottom)));
        foreach (var (value, text) in x.Ticks)
        {
            var at = x.Map(value);
            writer.Empty("line", ("class", "axis"), ("x1", Number(at)), ("x2", Number(at)), ("y1", Number(bottom)), ("y2", Number(bottom + 5)));
            writer.Element("text", text, ("x", Number(at)), ("y", Number(bottom + 19)), ("text-anchor", "middle"));
        }

        writer.Element("text", _y.Label, ("class", "label"), ("x", "0"), ("y", Number(top - 13)));
        writer.Element("text", _x.Label, ("class", "label"), ("x", Number((left + right) / 2)), ("y", Number(bottom + 38)), ("text-anchor", "middle"));
    }

    private static void DrawSeries(MarkupWriter writer, PlotSeries series, int colour, AxisScale x, AxisScale y, double bottom)
    {
        if (series.Marks == PlotMarks.Bars)
        {
            for (var i = 0; i < series.Y.Count; i++)
            {
                if (!(series.Y[i] > 0)) continue;
                var (from, to, at) = (x.Map(series.X[i]), x.Map(series.X[i + 1]), y.Map(series.Y[i]));
                writer.Empty("rect", ("class", $"fill s{colour}"), ("x", Number(from + 0.5)), ("width", Number(Math.Max(0.5, to - from - 1))), ("y", Number(at)), ("height", Number(bottom - at)));
            }

            return;
        }

        var path = new StringBuilder();
        var pen = false;
        for (var i = 0; i < series.Y.Count; i++)
        {
            var drawn = x.Holds(series.X[i]) && y.Holds(series.Y[i]);
            if (drawn) path.Append(pen ? 'L' : 'M').Append(Number(x.Map(series.X[i]))).Append(' ').Append(Number(y.Map(series.Y[i])));
            pen = drawn;
        }

        if (series.Marks != PlotMarks.Points) writer.Empty("path", ("class", $"line stroke s{colour}"), ("d", path.ToString()));
        if (series.Marks == PlotMarks.Line && series.Y.Count > 1) return;
        for (var i = 0; i < series.Y.Count; i++)
        {
            if (!x.Holds(series.X[i]) || !y.Holds(series.Y[i])) continue;
            writer.Empty("circle", ("class", $"fill s{colour}"), ("cx", Number(x.Map(series.X[i]))), ("cy", Number(y.Map(series.Y[i]))), ("r", "2.8"));
        }
    }

    private static void DrawReference(MarkupWriter writer, PlotReference reference, AxisScale x, AxisScale y, double left, double right, double top, double bottom)
    {
        if (!(reference.Vertical ? x : y).Holds(reference.Value)) return;
        if (reference.Vertical)
        {
            var at = x.Map(reference.Value);
            var flip = at + TextMetrics.Width(reference.Label) + 8 > right;
            writer.Empty("line", ("class", "reference"), ("x1", Number(at)), ("x2", Number(at)), ("y1", Number(top)), ("y2", Number(bottom)));
            writer.Element("text", reference.Label, ("class", "halo label"), ("x", Number(at + (flip ? -5 : 5))), ("y", Number(top + 12)), ("text-anchor", flip ? "end" : "start"));
        }
        else
        {
            var at = y.Map(reference.Value);
            writer.Empty("line", ("class", "reference"), ("x1", Number(left)), ("x2", Number(right)), ("y1", Number(at)), ("y2", Number(at)));
            writer.Element("text", reference.Label, ("class", "halo label"), ("x", Number(right - 4)), ("y", Number(at - top < 16 ? at + 15 : at - 6)), ("text-anchor", "end"));
        }
    }
}
