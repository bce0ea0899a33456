using Pare.Evaluation;
using Pare.Evaluation.Tasks;
using Pare.Reports.Plots;
using Pare.Runtime;

namespace Pare.Reports;

/// <summary>The page of an evaluation: perplexity, comparison with another model, tasks.</summary>
public static class EvaluationPage
{
    /// <summary>Makes the page.</summary>
    /// <param name="perplexity">Perplexity, where it was measured.</param>
    /// <param name="comparison">Comparison with another model, where it was made.</param>
    /// <param name="tasks">Tasks, possibly none.</param>
    /// <returns>The page.</returns>
    /// <exception cref="ArgumentException">There is nothing to report.</exception>
    public static HtmlReport Create(PerplexityResult? perplexity, ComparisonResult? comparison, IReadOnlyList<TaskResult> tasks)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        // A comparison says more than a perplexity: it has the reference too.
        var protocol = comparison?.Protocol ?? perplexity?.Protocol ?? (tasks.Count > 0 ? tasks[0].Protocol : throw new ArgumentException("there is no result to report", nameof(tasks)));
        var report = new HtmlReport($"Evaluation of {Path.GetFileName(Path.TrimEndingDirectorySeparator(protocol.Model.Path))}", protocol.Model.Path);
        if (perplexity is not null) AddPerplexity(report, perplexity);
        if (comparison is not null) AddComparison(report, comparison);
        if (tasks.Count > 0) AddTasks(report, tasks);
        var section = report.Section("How it was measured").Table(ProtocolTable.Of(protocol));
        if (tasks.Count > 0) section.Table(DataTable(tasks));
        return report;
    }

    /// <summary>The figures of tasks as a table: one row a metric.</summary>
    /// <param name="tasks">The tasks.</param>
    /// <returns>The table.</returns>
    public static ReportTable TaskTable(IReadOnlyList<TaskResult> tasks)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        var table = new ReportTable("", new ReportColumn("task", IsNumeric: false), new ReportColumn("shots"), new ReportColumn("documents"),
            new ReportColumn("metric", IsNumeric: false), new ReportColumn("value"), new ReportColumn("± standard error"), new ReportColumn("chance"), new ReportColumn("", IsNumeric: false));
        foreach (var task in tasks)
        {
            foreach (var metric in task.Metrics)
            {
                var isShare = IsShare(metric);
                table.Add(task.Task, Quantity.Count(task.Shots), Quantity.Count(task.Documents), metric.Metric,
                    isShare ? Quantity.Percent(metric.Value) : Quantity.Number(metric.Value),
                    metric.StandardError is not { } error ? null : isShare ? Quantity.Percent(error) : Quantity.Number(error, 3),
                    metric.Chance is { } chance ? Quantity.Percent(chance) : null,
                    metric.DistinguishableFromGuessing == false ? "not distinguishable from guessing" : "");
            }
        }

        return table;
    }

    /// <summary>Zeros among activations as a table: one row a site.</summary>
    /// <param name="sites">The sites.</param>
    /// <returns>The table.</returns>
    public static ReportTable SparsityTable(IReadOnlyList<SiteSparsity> sites)
    {
        ArgumentNullException.ThrowIfNull(sites);
        var table = new ReportTable("", new ReportColumn("activations", IsNumeric: false), new ReportColumn("nominal zeros"), new ReportColumn("zeros"), new ReportColumn("fewest in a block"), new ReportColumn("most"));
        foreach (var site in sites)
        {
            var blocks = site.Blocks.OfType<double>().ToArray();
            table.Add(site.Site, site.Nominal is { } nominal ? Quantity.Percent(nominal) : null, Quantity.Percent(site.Zeros), Quantity.Percent(blocks.Min()), Quantity.Percent(blocks.Max()));
        }

        return table;
    }

    private static bool IsShare(MetricResult metric) => metric.Metric != "perplexity";

    private static void AddPerplexity(HtmlReport report, PerplexityResult result)
    {
        var windows = Enumerable.Range(0, result.Windows).Select(i => (double)i).ToArray();
        var byWindow = result.WindowMeans.Select(Math.Exp).ToArray();
        var figures = new List<ReportFigure>
        {
            new("Perplexity", Quantity.Number(result.Perplexity), result.StandardError is { } error ? $"standard error {Quantity.Number(result.Perplexity * error, 2)}" : "one window"),
        };
        if (result.BitsPerByte is { } bits) figures.Add(new ReportFigure("Bits per byte", Quantity.Number(bits, 4), $"{Quantity.Bytes(result.TextBytes ?? 0)} of text"));
        figures.Add(new ReportFigure("Predicted tokens", Quantity.Count(result.Tokens), $"{Quantity.Count(result.Windows)} windows of {Quantity.Count(result.Window)}"));
        if (result.TokensPerSecond is { } speed) figures.Add(new ReportFigure("Speed", $"{Quantity.Number(speed, 3)} tokens/s", Quantity.Seconds(result.Seconds)));
        if (result.Protocol.PeakResidentBytes is { } peak) figures.Add(new ReportFigure("Peak memory", Quantity.Bytes(peak), $"model {Quantity.Bytes(result.Protocol.Model.WeightBytes)}"));
        var section = report.Section("Perplexity").Figures(figures);
        if (result.Windows > 1)
        {
            section.Plot(new XyPlot("Perplexity of each window, and of all windows up to it",
                    $"{result.Windows} windows; lowest {Quantity.Number(byWindow.Min(), 4)}, highest {Quantity.Number(byWindow.Max(), 4)}.",
                    new PlotAxis("window") { WholeNumbers = true }, new PlotAxis("perplexity"))
                .Add(new PlotSeries("one window", windows, byWindow, PlotMarks.Points))
                .Add(new PlotSeries("all windows so far", windows, RunningPerplexity(result.WindowMeans)))
                .Add(new PlotReference($"all: {Quantity.Number(result.Perplexity)}", result.Perplexity)));
        }

        if (result.ActivationSparsity is { Count: > 0 } sites) section.Table(SparsityTable(sites));
        section.Text(result.Protocol.Name switch
        {
            "wikitext2" => "Protocol wikitext2: rows of the file joined with two line feeds, tokenized once, windows without overlap, the tail that fills no window dropped; the first token of a window is not predicted.",
            "plain" => "Protocol plain: the text as it is, tokenized once, windows without overlap, the tail that fills no window dropped; the first token of a window is not predicted.",
            _ => "Windows of tokens given in a file; the first token of a window is not predicted.",
        });
    }

    private static void AddComparison(HtmlReport report, ComparisonResult result)
    {
        var section = report.Section("Comparison with " + Path.GetFileName(Path.TrimEndingDirectorySeparator(result.Protocol.Reference?.Path ?? "the reference")));
        section.Figures(
            new ReportFigure("KL divergence", Quantity.Number(result.MeanKlDivergence, 3) + " nats", result.KlDivergenceStandardError is { } error ? $"mean, standard error {Quantity.Number(error, 2)}" : "mean"),
            new ReportFigure("Same first choice", Quantity.Percent(result.TopOneAgreement, 1), "of the positions"),
            new ReportFigure("Perplexity", Quantity.Number(result.Perplexity), $"reference {Quantity.Number(result.ReferencePerplexity)}"),
            new ReportFigure("Change of perplexity", (result.PerplexityChange >= 0 ? "+" : "") + Quantity.Percent(result.PerplexityChange)));
        section.Plot(DivergencePlot(result));
        section.Table(new ReportTable("KL(reference ‖ model) per predicted token, in nats", new ReportColumn("mean"), new ReportColumn("median"), new ReportColumn("99th percentile"), new ReportColumn("largest"), new ReportColumn("tokens"))
            .Add(Quantity.Number(result.MeanKlDivergence, 4), Quantity.Number(result.MedianKlDivergence, 4), Quantity.Number(result.Percentile99KlDivergence, 4), Quantity.Number(result.MaxKlDivergence, 4), Quantity.Count(result.Tokens)));
    }

    private static XyPlot DivergencePlot(ComparisonResult result)
    {
        var shown = result.Histogram.SkipWhile(range => range.Tokens == 0).Reverse().SkipWhile(range => range.Tokens == 0).Reverse().ToArray();
        var plot = new XyPlot("How far single predictions are apart", $"Share of the predicted tokens by KL divergence; median {Quantity.Number(result.MedianKlDivergence, 3)}, 99th percentile {Quantity.Number(result.Percentile99KlDivergence, 3)}.",
            new PlotAxis("KL(reference ‖ model) of a token (nats; the first bar holds all below it)") { Logarithmic = true }, new PlotAxis("share of tokens (%)"));
        plot.Add(new PlotSeries("tokens", Edges(shown), [.. shown.Select(range => 100.0 * range.Tokens / result.Tokens)], PlotMarks.Bars));
        if (result.MeanKlDivergence > shown[0].From) plot.Add(new PlotReference($"mean {Quantity.Number(result.MeanKlDivergence, 3)}", result.MeanKlDivergence, Vertical: true));
        if (result.Percentile99KlDivergence > shown[0].From) plot.Add(new PlotReference($"99 % below {Quantity.Number(result.Percentile99KlDivergence, 3)}", result.Percentile99KlDivergence, Vertical: true));
        return plot;
    }

    /// <summary>Edges on a logarithmic axis: the range from zero and the one without end are drawn as half a decade.</summary>
    private static double[] Edges(DivergenceRange[] ranges)
    {
        var half = Math.Sqrt(10);
        var edges = new List<double> { ranges[0].From > 0 ? ranges[0].From : ranges[0].To!.Value / half };
        edges.AddRange(ranges.Select(range => range.To ?? range.From * half));
        return [.. edges];
    }

    private static void AddTasks(HtmlReport report, IReadOnlyList<TaskResult> tasks)
    {
        var section = report.Section("Tasks");
        foreach (var task in tasks.Where(task => !task.DistinguishableFromGuessing))
            section.Warning($"On {task.Task} the model cannot be told from guessing (95 %): its figure says nothing about the model, nor about what compression cost it.");
        var words = string.Join("; ", tasks.Select(task => $"{task.Task}: {Quantity.Percent(task.Metrics[0].Value)}"));
        var axis = new PlotAxis("right answers (%)") { Maximum = 100 };
        var plot = new BarPlot("Shares of right answers with their standard errors", words, axis, "share") { ReferenceName = "chance" };
        var rows = 0;
        foreach (var task in tasks)
        {
            foreach (var metric in task.Metrics.Where(IsShare))
            {
                plot.Add($"{task.Task} {metric.Metric}", [new Bar(100 * metric.Value, Quantity.Fixed(100 * metric.Value, 1), 100 * metric.StandardError)], 100 * metric.Chance);
                rows++;
            }
        }

        if (rows > 0) section.Plot(plot);
        section.Table(TaskTable(tasks));
        foreach (var task in tasks.Where(task => task.Groups is { Count: > 0 }))
        {
            var table = new ReportTable("", new ReportColumn("part", IsNumeric: false), new ReportColumn("documents"), new ReportColumn("metric", IsNumeric: false), new ReportColumn("value"), new ReportColumn("± standard error"));
            foreach (var group in task.Groups!)
            {
                foreach (var metric in group.Metrics)
                    table.Add(group.Group, Quantity.Count(group.Documents), metric.Metric, Quantity.Percent(metric.Value), metric.StandardError is { } error ? Quantity.Percent(error) : null);
            }

            section.Folded($"The parts of {task.Task}", table);
        }
    }

    /// <summary>What each task was measured on and by whose definition.</summary>
    private static ReportTable DataTable(IReadOnlyList<TaskResult> tasks)
    {
        var table = new ReportTable("Data of the tasks", new ReportColumn("task", IsNumeric: false), new ReportColumn("shots"), new ReportColumn("keys and values", IsNumeric: false),
            new ReportColumn("definition", IsNumeric: false), new ReportColumn("file", IsNumeric: false), new ReportColumn("SHA-256", IsNumeric: false));
        foreach (var task in tasks)
        {
            foreach (var file in task.Data)
                table.Add(task.Task, Quantity.Count(task.Shots), task.Protocol.KeyValueType, task.Protocol.Definition ?? "the user's own", file.File, file.Sha256);
        }

        return table;
    }

    private static double[] RunningPerplexity(IReadOnlyList<double> means)
    {
        var running = new double[means.Count];
        double sum = 0;
        for (var i = 0; i < running.Length; i++)
        {
            sum += means[i];
            running[i] = Math.Exp(sum / (i + 1));
        }

        return running;
    }
}
