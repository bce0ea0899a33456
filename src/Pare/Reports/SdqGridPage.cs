using System.Globalization;
using Pare.Compression;
using Pare.Reports.Plots;
using Pare.Search;

namespace Pare.Reports;

/// <summary>The page of a grid of SDQ configurations: perplexity against bits per weight, modelled throughput and measured speed, each with its front.</summary>
public static class SdqGridPage
{
    /// <summary>What the columns of a modelled figure are called wherever they are shown.</summary>
    public const string ModelledNote = "Modelled throughput is the paper's model of hardware with sparse units, 1 / Σ (N/M)·(b/16) against dense F16: a model, not a measurement. Decode tokens/s were measured on this machine.";

    /// <summary>Makes the page.</summary>
    /// <param name="study">The study.</param>
    /// <param name="rows">The rows of the grid.</param>
    /// <param name="whole">Metrics of the model as it is; the modelled throughput is absent.</param>
    /// <returns>The page.</returns>
    public static HtmlReport Create(Study study, IReadOnlyList<StudyEntry> rows, IReadOnlyDictionary<string, double> whole)
    {
        ArgumentNullException.ThrowIfNull(study);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(whole);
        var measured = rows.Where(row => row.Failure is null).ToList();
        var page = new HtmlReport($"SDQ of {Path.GetFileName(study.Note("model") ?? study.Path)}", $"{rows.Count} configurations");
        var perplexities = study.Description.Metrics.Where(metric => metric.StartsWith("perplexity", StringComparison.Ordinal)).ToList();
        foreach (var perplexity in perplexities)
        {
            var section = page.Section(char.ToUpperInvariant(perplexity[0]) + perplexity[1..]);
            if (perplexity == perplexities[0]) section.Text(ModelledNote);
            foreach (var (x, more) in (ReadOnlySpan<(string, bool)>)[(SdqMeter.BitsPerWeight, false), (SdqMeter.ModelledThroughput, true), (SdqMeter.DecodeTokensPerSecond, true)])
                if (measured.Count > 0) section.Plot(Plot(measured, perplexity, x, more, whole));
        }

        page.Section("Configurations").Table(Table(study, rows, whole));
        foreach (var row in rows.Where(row => row.Failure is not null))
            page.Section("Not measured").Warning($"{Name(row.Candidate)}: {row.Failure}");
        return page;
    }

    /// <summary>All configurations as a table, by falling modelled throughput.</summary>
    /// <param name="study">The study.</param>
    /// <param name="rows">The rows of the grid.</param>
    /// <param name="whole">Metrics of the model as it is.</param>
    /// <returns>A row for each, and one for the model as it is.</returns>
    public static ReportTable Table(Study study, IReadOnlyList<StudyEntry> rows, IReadOnlyDictionary<string, double> whole)
    {
        ArgumentNullException.ThrowIfNull(study);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(whole);
        var metrics = study.Description.Metrics;
        var first = metrics[0];
        var table = new ReportTable("", [new ReportColumn("stored as", IsNumeric: false), new ReportColumn("metric", IsNumeric: false), .. metrics.Select(metric => new ReportColumn(metric)), new ReportColumn("loss")]);
        table.Add([.. (string[])["as it is", ""], .. metrics.Select(metric => whole.TryGetValue(metric, out var value) ? Quantity.Number(value, 5) : ""), ""]);
        foreach (var row in rows.OrderByDescending(row => row.Metrics.GetValueOrDefault(SdqMeter.ModelledThroughput)).ThenBy(row => row.Metrics.GetValueOrDefault(first, double.PositiveInfinity)))
        {
            var options = SdqSpace.ToOptions(row.Candidate);
            string[] figures = row.Failure is null ? [.. metrics.Select(metric => Quantity.Number(row.Metrics[metric], 5)), Quantity.Percent(row.Metrics[first] / whole[first] - 1)]
                : [.. metrics.Select(_ => ""), "not measured"];
            table.Add([options.Format.ToString(), Choices(options), .. figures]);
        }

        return table;
    }

    /// <summary>A configuration in words, such as <c>6:8-fp4+1:8-int8 wanda</c>.</summary>
    /// <param name="candidate">The configuration.</param>
    /// <returns>One line.</returns>
    public static string Name(Candidate candidate)
    {
        var options = SdqSpace.ToOptions(candidate);
        return string.Create(CultureInfo.InvariantCulture, $"{options.Format} {Choices(options)}");
    }

    private static string Choices(SdqOptions options) => SdqOptions.Name(options.Metric)
        + (options.Format.Outliers is not null && options.OutlierMetric != options.Metric ? $", outliers by {SdqOptions.Name(options.OutlierMetric)}" : "") + (options.Joint ? ", joint" : "");

    private static XyPlot Plot(List<StudyEntry> measured, string perplexity, string x, bool more, IReadOnlyDictionary<string, double> whole)
    {
        var front = StudyFront.Of(measured, [new Objective(perplexity), new Objective(x, Maximize: more)], []).Front.OrderBy(row => row.Metrics[x]).ToList();
        var plot = new XyPlot($"{perplexity} against {x}", $"{(x == SdqMeter.ModelledThroughput ? "A model of hardware, not a measurement. " : "")}Every configuration, and those that no other one beats.", new PlotAxis(x), new PlotAxis(perplexity))
            .Add(new PlotSeries("configurations", [.. measured.Select(row => row.Metrics[x])], [.. measured.Select(row => row.Metrics[perplexity])], PlotMarks.Points))
            .Add(new PlotSeries("front", [.. front.Select(row => row.Metrics[x])], [.. front.Select(row => row.Metrics[perplexity])], PlotMarks.LineAndPoints));
        return plot.Add(new PlotReference("as it is", whole[perplexity]));
    }
}
