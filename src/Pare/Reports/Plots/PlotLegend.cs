namespace Pare.Reports.Plots;

/// <summary>The legend above a plot, in as many lines as it needs.</summary>
internal static class PlotLegend
{
    /// <summary>Height that the legend takes.</summary>
    public static double Height(IReadOnlyList<string> names) => names.Count < 2 ? 0 : Place(names).Max(entry => entry.Y) + TextMetrics.LineHeight + 6;

    /// <summary>Draws the legend at the top of the plot; one name alone needs none.</summary>
    public static void Draw(MarkupWriter writer, IReadOnlyList<string> names)
    {
        if (names.Count < 2) return;
        foreach (var (index, x, y) in Place(names))
        {
            writer.Empty("rect", ("class", $"fill s{index % 8}"), ("x", MarkupWriter.Number(x)), ("y", MarkupWriter.Number(y + 3)), ("width", "12"), ("height", "12"), ("rx", "2"));
            writer.Element("text", names[index], ("class", "label"), ("x", MarkupWriter.Number(x + 18)), ("y", MarkupWriter.Number(y + 13)));
        }
    }

    private static List<(int Index, double X, double Y)> Place(IReadOnlyList<string> names)
    {
        var places = new List<(int, double, double)>();
        double x = 4, y = 0;
        for (var i = 0; i < names.Count; i++)
        {
            var width = 18 + TextMetrics.Width(names[i]) + 20;
            if (x > 4 && x + width > Plot.Width)
            {
                x = 4;
                y += TextMetrics.LineHeight;
            }

            places.Add((i, x, y));
            x += width;
        }

        return places;
    }
}
