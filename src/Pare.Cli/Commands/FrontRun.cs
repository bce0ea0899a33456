using System.Text.Json.Nodes;
using Pare.Cli.Output;
using Pare.Evaluation;
using Pare.Reports;
using Pare.Search;

namespace Pare.Cli.Commands;

/// <summary>Runs <c>pare front</c>, and shows what <c>pare search</c> has found.</summary>
internal static class FrontRun
{
    public static int Run(string path, string objectives, string[] constraints, string? text, string? model, string? report, int threads, ResultWriter results)
    {
        if (report is not null) ReportFile.Check(report);
        using var study = Study.Open(path);
        var whole = SearchRun.Numbers(study.Note("whole") ?? throw new StudyException($"the study {path} has no candidates yet; go on with 'pare search'"));
        var metrics = study.Description.Metrics;
        Constraint[] kept = [.. constraints.Select(one => ConstraintText.Parse(one, metrics, whole))];
        var chosen = ConstraintText.Objectives(objectives, metrics);
        IReadOnlyDictionary<Candidate, double>? again = null;
        if (text is not null)
        {
            using var studied = StudiedModel.Open(study, model);
            var subject = study.Description.Subject;
            var windows = TokenWindows.FromText(studied.Model.Tokenizer, text, TextProtocol.Plain, subject["window"]!.GetValue<int>(), subject["windows"]!.GetValue<int>());
            if (windows.Text.Sha256 == (string?)subject["text"]) results.Note($"{text} is the text of the search: these figures are too good");
            using var evaluator = new SubNetworkEvaluator(studied.Model, studied.Order, windows, threads);
            var front = StudyFront.Of(study.Entries(), chosen, kept).Front;
            again = results.Progress("front", line => front.Index().ToDictionary(pair => pair.Item.Candidate, pair =>
            {
                line.Report("front", pair.Index, front.Count);
                var (shape, formats) = studied.Meaning(pair.Item.Candidate);
                return evaluator.Measure(shape, formats, results.Terminal.Cancellation)[SubNetworkEvaluator.Perplexity];
            }));
        }

        return Show(study, chosen, kept, whole, [], again is null ? null : (Path.GetFileName(text!), again), report, results);
    }

    /// <summary>Shows the front of a study.</summary>
    public static int Show(
        Study study, IReadOnlyList<Objective> objectives, IReadOnlyList<Constraint> constraints, IReadOnlyDictionary<string, double> whole,
        IReadOnlyList<PredictorReport> predictors, (string File, IReadOnlyDictionary<Candidate, double> Perplexities)? again, string? report, ResultWriter results)
    {
        var found = StudyFront.Of(study.Entries(), objectives, constraints);
        if (!results.IsJson) Print(study, found, objectives, constraints, whole, predictors, again, results);
        if (report is not null) ReportFile.Save(SearchPage.Create(study, found, objectives, constraints, whole, predictors, again), report, results);
        if (results.IsJson) results.Json(ToJson(study, found, objectives, constraints, whole, predictors, again));
        return Program.Done;
    }

    private static void Print(
        Study study, StudyFront found, IReadOnlyList<Objective> objectives, IReadOnlyList<Constraint> constraints, IReadOnlyDictionary<string, double> whole,
        IReadOnlyList<PredictorReport> predictors, (string File, IReadOnlyDictionary<Candidate, double> Perplexities)? again, ResultWriter results)
    {
        var failed = found.Entries.Count(entry => entry.Failure is not null);
        results.Line($"{found.Entries.Count} candidates{(failed > 0 ? $", {failed} of them failed" : "")}, measured on {study.Description.Subject["textFile"]}{(constraints.Count > 0 ? $"; {string.Join(", ", constraints)}" : "")}");
        foreach (var one in predictors)
            results.Line($"round {one.Round}: {objectives[one.Objective].Metric} predicted by {one.Predictor} from {one.Observations}: Kendall τ {Quantity.Fixed(one.KendallTau, 3)}, error {Quantity.Percent(one.MeanAbsolutePercentageError)}");
        if (found.Hypervolumes.Count > 0) results.Line($"hypervolume {Quantity.Fixed(found.Hypervolumes[^1], 4)}");
        results.Line();
        if (found.Front.Count == 0) results.Line(Nearest(found, objectives, constraints));
        else results.Table(SearchPage.Table(study, found, whole, again));
    }

    /// <summary>What to say where nothing meets the constraints.</summary>
    public static string Nearest(StudyFront found, IReadOnlyList<Objective> objectives, IReadOnlyList<Constraint> constraints)
    {
        var measured = found.Entries.Where(entry => entry.Failure is null).ToList();
        if (measured.Count == 0) return "no candidate could be measured";
        var nearest = measured.MinBy(entry => entry.Evaluate(objectives, constraints).Violation)!;
        return $"nothing meets {string.Join(" and ", constraints)}; the nearest, number {nearest.Number}, has {string.Join(", ", constraints.Select(one => $"{one.Metric} {SearchRun.Number(one.Metric, nearest.Metrics[one.Metric])}"))}";
    }

    private static JsonObject ToJson(
        Study study, StudyFront found, IReadOnlyList<Objective> objectives, IReadOnlyList<Constraint> constraints, IReadOnlyDictionary<string, double> whole,
        IReadOnlyList<PredictorReport> predictors, (string File, IReadOnlyDictionary<Candidate, double> Perplexities)? again) => new()
        {
            ["study"] = study.Path,
            ["subject"] = study.Description.Subject.DeepClone(),
            ["objectives"] = new JsonArray([.. objectives.Select(one => (JsonNode)one.Metric)]),
            ["constraints"] = new JsonArray([.. constraints.Select(one => (JsonNode)one.ToString())]),
            ["evaluations"] = found.Entries.Count,
            ["failed"] = found.Entries.Count(entry => entry.Failure is not null),
            ["whole"] = Metrics(whole),
            ["front"] = new JsonArray([.. found.Front.Select(entry =>
            {
                var json = new JsonObject { ["number"] = entry.Number, ["candidate"] = JsonNode.Parse(study.Description.Space.Format(entry.Candidate)), ["metrics"] = Metrics(entry.Metrics) };
                if (again is { } held) (json["reportText"], json["reportPerplexity"]) = (held.File, held.Perplexities[entry.Candidate]);
                return (JsonNode)json;
            })]),
            ["hypervolumes"] = new JsonArray([.. found.Hypervolumes.Select(volume => (JsonNode)volume)]),
            ["predictors"] = new JsonArray([.. predictors.Select(one => (JsonNode)new JsonObject
            {
                ["round"] = one.Round, ["objective"] = objectives[one.Objective].Metric, ["predictor"] = one.Predictor, ["observations"] = one.Observations,
                ["crossValidatedError"] = one.CrossValidatedError, ["kendallTau"] = one.KendallTau, ["meanAbsolutePercentageError"] = one.MeanAbsolutePercentageError,
            })]),
        };

    /// <summary>Metrics as JSON.</summary>
    public static JsonObject Metrics(IReadOnlyDictionary<string, double> metrics) => new([.. metrics.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))]);
}
