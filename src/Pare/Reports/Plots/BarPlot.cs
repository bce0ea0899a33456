using static Pare.Reports.MarkupWriter;

namespace Pare.Reports.Plots;

/// <summary>Horizontal bars by category: one beside another for each series, or stacked.</summary>
public sealed class BarPlot : Plot
{
    private const double Thickness = 16;
    private readonly PlotAxis _axis;
    private readonly string[] _series;
    private readonly List<(string Label, Bar?[] Bars, double? Reference)> _rows = [];

    /// <summary>Creates a plot without rows.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="description">What it shows in words; may be empty.</param>
    /// <param name="axis">The value axis, from zero.</param>
    /// <param name="series">Names of the series, at least one.</param>
    /// <exception cref="ArgumentException">There is no series.</exception>
    public BarPlot(string title, string description, PlotAxis axis, params IEnumerable<string> series)
        : base(title, description)
    {
        ArgumentNullException.ThrowIfNull(axis);
        _axis = axis with { FromZero = true };
        _series = [.. series];
        if (_series.Length == 0) throw new ArgumentException("a bar plot needs at least one series", nameof(series));
    }

    /// <summary>Whether the bars of a row follow each other on one line; error bars are then not drawn.</summary>
    public bool Stacked { get; init; }

    /// <summary>What the dashed mark of a row stands for; empty where no row has one.</summary>
    public string ReferenceName { get; init; } = "";

    /// <summary>Adds a row.</summary>
    /// <param name="label">Name of the category.</param>
    /// <param name="bars">One bar per series; null where there is none.</param>
    /// <param name="reference">Value of the row's dashed mark, or null for none.</param>
    /// <returns>This plot.</returns>
    /// <exception cref="ArgumentException">The number of bars is not that of the series.</exception>
    public BarPlot Add(string label, IReadOnlyList<Bar?> bars, double? reference = null)
    {
        ArgumentNullException.ThrowIfNull(label);
        ArgumentNullException.ThrowIfNull(bars);
        if (bars.Count != _series.Length) throw new ArgumentException($"a row of {bars.Count} bars for {_series.Length} series", nameof(bars));
        _rows.Add((label, [.. bars], reference));
        return this;
    }

    private double RowHeight => (Stacked ? 1 : _series.Length) * Thickness + 12;

    private double Top => PlotLegend.Height(_series) + 6;

    internal override double Height => Top + _rows.Count * RowHeight + 46;

    internal override void Draw(MarkupWriter writer)
    {
        PlotLegend.Draw(writer, _series);
        var left = Math.Min(300, _rows.Select(row => TextMetrics.Width(row.Label)).DefaultIfEmpty().Max() + 14);
        var bottom = Top + _rows.Count * RowHeight + 2;
        // Texts stand at the ends of the bars; room for the widest is kept at the right.
        var room = _rows.SelectMany(row => row.Bars).Select(bar => bar is null ? 0 : TextMetrics.Width(bar.Text)).DefaultIfEmpty().Max();
        var scale = AxisScale.Over(_axis, _rows.SelectMany(Ends), left, Width - 18 - (Stacked ? 0 : room), 7);

        foreach (var (value, text) in scale.Ticks)
        {
            var at = Number(scale.Map(value));
            writer.Empty("line", ("class", "grid"), ("x1", at), ("x2", at), ("y1", Number(Top - 4)), ("y2", Number(bottom)));
            writer.Element("text", text, ("x", at), ("y", Number(bottom + 16)), ("text-anchor", "middle"));
        }

        for (var i = 0; i < _rows.Count; i++) DrawRow(writer, i, scale, left);
        var zero = Number(scale.Map(0));
        writer.Empty("line", ("class", "axis"), ("x1", zero), ("x2", zero), ("y1", Number(Top - 4)), ("y2", Number(bottom)));
        var axis = _axis.Label + (ReferenceName.Length == 0 ? "" : $"; dashed: {ReferenceName}");
        writer.Element("text", axis, ("class", "label"), ("x", Number((left + Width) / 2)), ("y", Number(bottom + 36)), ("text-anchor", "middle"));
    }

    private IEnumerable<double> Ends((string Label, Bar?[] Bars, double? Reference) row)
    {
        if (row.Reference is { } reference) yield return reference;
        if (Stacked) yield return row.Bars.Sum(bar => bar?.Value ?? 0);
        else
        {
            foreach (var bar in row.Bars)
            {
                if (bar is not null) yield return bar.Value + (bar.Error ?? 0);
            }
        }
    }

    private void DrawRow(MarkupWriter writer, int index, AxisScale scale, double left)
    {
        var (label, bars, reference) = _rows[index];
        var top = Top + index * RowHeight;
        var middle = top + (RowHeight - 12) / 2;
        writer.Element("text", label, ("class", "label"), ("x", Number(left - 9)), ("y", Number(middle + 4)), ("text-anchor", "end"));
        double sum = 0;
        for (var i = 0; i < bars.Length; i++)
        {
            if (bars[i] is not { } bar || !double.IsFinite(bar.Value)) continue;
            var y = Stacked ? top : top + i * Thickness;
            var (from, to) = (scale.Map(sum), scale.Map(sum + bar.Value));
            writer.Empty("rect", ("class", $"fill s{i % 8}"), ("x", Number(Math.Min(from, to))), ("width", Number(Math.Abs(to - from))), ("y", Number(y + 1)), ("height", Number(Thickness - 2)), ("rx", "1.5"));
            if (Stacked)
            {
                sum += bar.Value;
                continue;
            }

            var end = Math.Max(to, scale.Map(0));
            if (bar.Error is { } error && double.IsFinite(error)) end = Math.Max(end, DrawError(writer, scale.Map(bar.Value - error), scale.Map(bar.Value + error), y + Thickness / 2));
            if (reference is { } mark && scale.Map(mark) is var dash && dash > end - 3 && dash < end + TextMetrics.Width(bar.Text) + 8) end = dash;
            if (bar.Text.Length > 0) writer.Element("text", bar.Text, ("x", Number(end + 6)), ("y", Number(y + Thickness / 2 + 4)));
        }

        if (reference is { } value)
        {
            var at = Number(scale.Map(value));
            foreach (var layer in (ReadOnlySpan<string>)["clear", "mark"])
            {
                writer.Empty("line", ("class", layer), ("x1", at), ("x2", at), ("y1", Number(top - 3)), ("y2", Number(top + RowHeight - 9)));
            }
        }
    }

    private static double DrawError(MarkupWriter writer, double from, double to, double y)
    {
        writer.Empty("path", ("class", "error"), ("d", $"M{Number(from)} {Number(y)}L{Number(to)} {Number(y)}M{Number(from)} {Number(y - 4)}v8M{Number(to)} {Number(y - 4)}v8"));
        return to;
    }
}
