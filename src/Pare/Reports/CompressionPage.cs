using Pare.Compression;
using Pare.Formats;
using Pare.Models;
using Pare.Reports.Plots;

namespace Pare.Reports;

/// <summary>The page of a compression: size before and after, and what storing each parameter changed.</summary>
public static class CompressionPage
{
    /// <summary>Makes the page.</summary>
    /// <param name="before">The model that was compressed.</param>
    /// <param name="report">What was written.</param>
    /// <returns>The page.</returns>
    public static HtmlReport Create(Model before, CompressionReport report)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(report);
        var page = new HtmlReport($"Compression of {Path.GetFileName(Path.TrimEndingDirectorySeparator(before.Path))}", $"{before.Path} → {report.Path}");
        var types = before.BytesByType();
        var bitsBefore = 8.0 * before.WeightBytes / types.Sum(type => type.Elements);
        page.Section("Size")
            .Figures(
                new ReportFigure("Before", Quantity.Bytes(before.WeightBytes), $"{Quantity.Fixed(bitsBefore, 2)} bits per weight"),
                new ReportFigure("After", Quantity.Bytes(report.WeightBytes), $"{Quantity.Fixed(report.BitsPerWeight, 2)} bits per weight"),
                new ReportFigure("Smaller by", Quantity.Number((double)before.WeightBytes / report.WeightBytes, 3) + " times"),
                new ReportFigure("Parameters changed", Quantity.Count(report.Parameters.Count), $"in {Quantity.Seconds(report.Seconds)}"))
            .Plot(SizePlot(types, report));
        if (report.Shots.Count > 0) AddShots(page, report);
        if (report.Parameters.Count > 0) AddErrors(page, before, report);
        if (report.Parameters.Any(parameter => parameter.OutputError is not null)) AddOutputErrors(page, before, report);
        if (report.Fallbacks.Count > 0) AddFallbacks(page, report);
        return page;
    }

    private static BarPlot SizePlot(IReadOnlyList<(ElementType Type, long Bytes, long Elements)> before, CompressionReport report)
    {
        var formats = before.Select(type => type.Type).Concat(report.Formats.Select(share => share.Format)).Distinct().ToArray();
        var unit = before.Sum(type => type.Bytes) >= 1e7 ? (Factor: 1e6, Name: "MB") : (Factor: 1e3, Name: "kB");
        return new BarPlot("Bytes by format", $"{Quantity.Bytes(before.Sum(type => type.Bytes))} before, {Quantity.Bytes(report.WeightBytes)} after.", new PlotAxis($"size ({unit.Name})"), formats.Select(format => format.Name())) { Stacked = true }
            .Add("before", [.. formats.Select(format => Segment(before.Where(type => type.Type == format).Sum(type => type.Bytes)))])
            .Add("after", [.. formats.Select(format => Segment(report.Formats.Where(share => share.Format == format).Sum(share => share.Bytes)))]);

        Bar? Segment(long bytes) => bytes == 0 ? null : new Bar(bytes / unit.Factor);
    }

    private static void AddShots(HtmlReport page, CompressionReport report)
    {
        var section = page.Section("Shots").Text("Perplexity is measured on the held-out windows of the calibration text; it is no figure to compare with others.");
        section.Plot(new XyPlot("Perplexity by the share that was removed", "Before the first shot and after each.", new PlotAxis("share of zeros"), new PlotAxis("perplexity") { Logarithmic = true })
            .Add(new PlotSeries("held-out windows", [0, .. report.Shots.Select(shot => shot.Sparsity)], [report.Shots[0].PerplexityBefore, .. report.Shots.Select(shot => shot.Perplexity)], PlotMarks.LineAndPoints)));
        var shots = new ReportTable("", new ReportColumn("shot"), new ReportColumn("wanted"), new ReportColumn("zeros"), new ReportColumn("perplexity, pruned"), new ReportColumn("corrected"), new ReportColumn("damping times"), new ReportColumn("seconds"));
        foreach (var shot in report.Shots)
        {
            shots.Add(Quantity.Count(shot.Shot), Quantity.Percent(shot.Target), Quantity.Percent(shot.Sparsity), Quantity.Number(shot.PerplexityPruned, 4),
                shot.Perplexity < shot.PerplexityPruned ? Quantity.Number(shot.Perplexity, 4) : "–", Quantity.Number(shot.Damping, 3), Quantity.Fixed(shot.Seconds, 1));
        }

        section.Table(shots);
        var widths = new ReportTable("", new ReportColumn("site", IsNumeric: false), new ReportColumn("rows"), new ReportColumn("kept"), new ReportColumn("columns"), new ReportColumn("kept"), new ReportColumn("zeros"));
        foreach (var site in report.Shots[^1].Sites)
        {
            widths.Add(site.Name, Quantity.Count(site.Rows), Quantity.Count(site.KeptRows), Quantity.Count(site.Columns), Quantity.Count(site.KeptColumns),
                Quantity.Percent((double)site.Zeros / ((long)site.Rows * site.Columns)));
        }

        section.Folded($"Rows and columns that are left of {report.Shots[^1].Sites.Count} sites", widths);
    }

    private static void AddErrors(HtmlReport page, Model model, CompressionReport report)
    {
        var section = page.Section("Error of storing").Text("‖stored − given‖ / ‖given‖ of each parameter that changed: what its format cost, not what the model lost; that is measured by pare eval.");
        var places = model.Graph.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Id);
        var plot = new XyPlot("Relative error by layer", "One line for each kind of parameter.", new PlotAxis("layer") { WholeNumbers = true }, new PlotAxis("relative error") { Logarithmic = true });
        var kinds = report.Parameters
            .Where(parameter => parameter.RelativeError > 0 && places.TryGetValue(parameter.Name, out var id) && id.Layer >= 0)
            .GroupBy(parameter => places[parameter.Name] with { Layer = 0 }).ToArray();
        foreach (var kind in kinds)
        {
            plot.Add(new PlotSeries(kind.Key.Role.ToString(), [.. kind.Select(parameter => (double)places[parameter.Name].Layer)],
                [.. kind.Select(parameter => parameter.RelativeError)], PlotMarks.LineAndPoints));
        }

        if (kinds.Length > 0) section.Plot(plot);
        var table = new ReportTable("", new ReportColumn("parameter", IsNumeric: false), new ReportColumn("methods", IsNumeric: false), new ReportColumn("format", IsNumeric: false), new ReportColumn("bits per weight"), new ReportColumn("error of storing"), new ReportColumn("zeros"), new ReportColumn("output error"), new ReportColumn("damping"));
        foreach (var parameter in report.Parameters)
            table.Add(parameter.Name, string.Join(", ", parameter.Methods), parameter.Format.Name(), Quantity.Fixed(parameter.BitsPerWeight, 3), Quantity.Number(parameter.RelativeError, 4), Optional(parameter.Sparsity), Optional(parameter.OutputError), Optional(parameter.Damping));
        section.Folded($"All {report.Parameters.Count} parameters", table);
    }

    private static string Optional(double? value) => value is { } number ? Quantity.Number(number, 4) : "";

    private static void AddOutputErrors(HtmlReport page, Model model, CompressionReport report)
    {
        var places = model.Graph.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Id);
        var plot = new XyPlot("Output error by layer", "One line for each kind of linear site.", new PlotAxis("layer") { WholeNumbers = true }, new PlotAxis("output error") { Logarithmic = true });
        foreach (var kind in report.Parameters.Where(parameter => parameter.OutputError > 0).GroupBy(parameter => places[parameter.Name] with { Layer = 0 }))
            plot.Add(new PlotSeries(kind.Key.Role.ToString(), [.. kind.Select(parameter => (double)places[parameter.Name].Layer)], [.. kind.Select(parameter => parameter.OutputError!.Value)], PlotMarks.LineAndPoints));
        page.Section("What the outputs lost").Text("‖(Ŵ − W)·X‖ / ‖W·X‖ of each site over the calibration tokens, with the inputs that the compressed blocks before it give. What the model lost as a whole is measured by pare eval.").Plot(plot);
    }

    private static void AddFallbacks(HtmlReport page, CompressionReport report)
    {
        var table = new ReportTable("", new ReportColumn("parameter", IsNumeric: false), new ReportColumn("columns"), new ReportColumn("wanted", IsNumeric: false), new ReportColumn("stored", IsNumeric: false));
        foreach (var fallback in report.Fallbacks) table.Add(fallback.Parameter, Quantity.Count(fallback.Columns), fallback.Wanted.Name(), fallback.Format.Name());
        page.Section("Other formats than asked for").Text("The blocks of the format do not divide these rows.").Table(table);
    }
}
