using System.Globalization;
using Pare.Reports.Plots;
using Pare.Search;

namespace Pare.Reports;

/// <summary>The page of a study: its front, the hypervolume over evaluations, and what the front's candidates chose.</summary>
public static class SearchPage
{
    /// <summary>Makes the page.</summary>
    /// <param name="study">The study.</param>
    /// <param name="found">Its front.</param>
    /// <param name="objectives">What was made small.</param>
    /// <param name="constraints">What had to be kept.</param>
    /// <param name="whole">Metrics of the whole model.</param>
    /// <param name="predictors">How LINAS' predictors did; empty for other searchers.</param>
    /// <param name="checks">What was measured again of the front.</param>
    /// <returns>The page.</returns>
    public static HtmlReport Create(
        Study study, StudyFront found, IReadOnlyList<Objective> objectives, IReadOnlyList<Constraint> constraints, IReadOnlyDictionary<string, double> whole,
        IReadOnlyList<PredictorReport> predictors, FrontChecks checks)
    {
        ArgumentNullException.ThrowIfNull(study);
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(objectives);
        ArgumentNullException.ThrowIfNull(constraints);
        ArgumentNullException.ThrowIfNull(whole);
        ArgumentNullException.ThrowIfNull(predictors);
        ArgumentNullException.ThrowIfNull(checks);
        var page = new HtmlReport($"Search of {Path.GetFileName(study.Note("model") ?? study.Path)}", $"{found.Entries.Count} candidates, measured on {study.Description.Subject["textFile"]}");
        var measured = found.Entries.Where(entry => entry.Failure is null).ToList();
        var section = page.Section("Front").Figures(
            new ReportFigure("Candidates", Quantity.Count(found.Entries.Count), $"{Quantity.Count(found.Entries.Count - measured.Count)} failed"),
            new ReportFigure("On the front", Quantity.Count(found.Front.Count), constraints.Count > 0 ? string.Join(", ", constraints) : "no constraints"),
            new ReportFigure("Time", Quantity.Seconds(found.Entries.Sum(entry => entry.Seconds)), "of all evaluations"));
        if (objectives.Count > 1)
        {
            var (x, y) = (objectives[1].Metric, objectives[0].Metric);
            section.Plot(new XyPlot($"{y} against {x}", "Every candidate, and those that no other one beats.", new PlotAxis(x), new PlotAxis(y) { Logarithmic = measured.Count > 0 && measured.All(entry => entry.Metrics[y] > 0) })
                .Add(new PlotSeries("candidates", [.. measured.Select(entry => entry.Metrics[x])], [.. measured.Select(entry => entry.Metrics[y])], PlotMarks.Points))
                .Add(new PlotSeries("front", [.. found.Front.OrderBy(entry => entry.Metrics[x]).Select(entry => entry.Metrics[x])], [.. found.Front.OrderBy(entry => entry.Metrics[x]).Select(entry => entry.Metrics[y])], PlotMarks.LineAndPoints)));
        }

        section.Table(Table(study, found, whole, checks));
        if (found.Hypervolumes.Count > 0)
        {
            page.Section("Hypervolume").Plot(new XyPlot("Hypervolume over evaluations", "Share of the box from the best to a tenth beyond the worst value of every objective.", new PlotAxis("evaluations"), new PlotAxis("hypervolume"))
                .Add(new PlotSeries("hypervolume", [.. Enumerable.Range(1, found.Hypervolumes.Count).Select(i => (double)i)], found.Hypervolumes)));
        }

        if (predictors.Count > 0) page.Section("Predictors").Table(Table(predictors, objectives));
        AddChoices(page, study, found);
        return page;
    }

    /// <summary>The front as a table.</summary>
    /// <param name="study">The study.</param>
    /// <param name="found">Its front.</param>
    /// <param name="whole">Metrics of the whole model.</param>
    /// <param name="checks">What was measured again of the front.</param>
    /// <returns>A row for each member, and one for the whole model.</returns>
    public static ReportTable Table(Study study, StudyFront found, IReadOnlyDictionary<string, double> whole, FrontChecks checks)
    {
        ArgumentNullException.ThrowIfNull(study);
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(whole);
        ArgumentNullException.ThrowIfNull(checks);
        var metrics = study.Description.Metrics;
        var columns = new List<ReportColumn> { new("number") };
        columns.AddRange(metrics.Select(metric => new ReportColumn(metric)));
        columns.Add(new ReportColumn("size"));
        if (checks.DecodeMilliseconds is not null) columns.Add(new ReportColumn("decode, ms a token"));
        if (checks.TextFile is { } file) columns.Add(new ReportColumn($"perplexity on {file}"));
        var table = new ReportTable("", [.. columns]);
        Add("whole", whole, null);
        foreach (var entry in found.Front) Add(entry.Number.ToString(CultureInfo.InvariantCulture), entry.Metrics, entry.Candidate);
        return table;

        void Add(string name, IReadOnlyDictionary<string, double> values, Candidate? candidate)
        {
            var cells = new List<string> { name };
            cells.AddRange(metrics.Select(metric => metric == SearchMetrics.Bytes ? Quantity.Bytes(values[metric]) : Quantity.Number(values[metric], 5)));
            cells.Add(values.TryGetValue(SearchMetrics.Parameters, out var count) ? Quantity.Fixed(count / whole[SearchMetrics.Parameters], 2) + "×" : "");
            if (checks.DecodeMilliseconds is { } decodes) cells.Add(candidate is null ? "" : Quantity.Number(decodes[candidate], 4));
            if (checks.TextFile is not null) cells.Add(candidate is null ? "" : Quantity.Number(checks.Perplexities[candidate], 5));
            table.Add([.. cells]);
        }
    }

    private static ReportTable Table(IReadOnlyList<PredictorReport> predictors, IReadOnlyList<Objective> objectives)
    {
        var table = new ReportTable("Each round's predictors, on the candidates that were then measured.", new ReportColumn("round"), new ReportColumn("objective", IsNumeric: false), new ReportColumn("predictor", IsNumeric: false),
            new ReportColumn("learnt from"), new ReportColumn("Kendall τ"), new ReportColumn("mean error"));
        foreach (var one in predictors)
            table.Add(Quantity.Count(one.Round), objectives[one.Objective].Metric, one.Predictor, Quantity.Count(one.Observations), Quantity.Fixed(one.KendallTau, 3), Quantity.Percent(one.MeanAbsolutePercentageError));
        return table;
    }

    // How often each value was chosen on the front; dimensions of single layers are counted together.
    private static void AddChoices(HtmlReport page, Study study, StudyFront found)
    {
        var space = study.Description.Space;
        var section = page.Section("Choices on the front");
        foreach (var group in space.Dimensions.Index().Where(pair => pair.Item.IsDiscrete).GroupBy(pair => pair.Item.Name.Split('.')[0]))
        {
            var chosen = group.SelectMany(pair => found.Front.Where(entry => space.IsActive(entry.Candidate, pair.Index)).Select(entry => space.ValueAt(entry.Candidate, pair.Index))).ToList();
            if (chosen.Count == 0) continue;
            var plot = new BarPlot(group.Key, "Share of the choices on the front.", new PlotAxis("share"), "share");
            foreach (var value in group.SelectMany(pair => pair.Item.Values).Distinct())
            {
                var share = chosen.Count(one => one == value) / (double)chosen.Count;
                plot.Add(value, [new Bar(share, Quantity.Percent(share))]);
            }

            section.Plot(plot);
        }
    }
}
