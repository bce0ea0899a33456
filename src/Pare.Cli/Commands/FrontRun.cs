using System.Text.Json.Nodes;
using Pare.Cli.Output;
using Pare.Evaluation;
using Pare.Reports;
using Pare.Search;

namespace Pare.Cli.Commands;

/// <summary>Runs <c>pare front</c>, and shows what <c>pare search</c> has found.</summary>
internal static class FrontRun
{
    public static int Run(FrontRequest request, ResultWriter results)
    {
        if (request.Report is not null) ReportFile.Check(request.Report);
        if (request.Candidates is not null) ReportFile.Check(request.Candidates, "--candidates", "candidates.tsv");
        using var study = Study.Open(request.Study);
        var whole = SearchRun.Numbers(study.Note("whole") ?? throw new StudyException($"the study {request.Study} has no candidates yet; go on with 'pare search'"));
        var metrics = study.Description.Metrics;
        Constraint[] kept = [.. request.Constraints.Select(one => ConstraintText.Parse(one, metrics, whole))];
        var chosen = ConstraintText.Objectives(request.Objectives, metrics);
        var checks = FrontChecks.None;
        if (request.Text is not null || request.IsConfirmed)
        {
            using var studied = StudiedModel.Open(study, request.Model);
            var front = StudyFront.Of(study.Entries(), chosen, kept).Front;
            if (request.Text is { } text) checks = checks with { TextFile = Path.GetFileName(text), Perplexities = Perplexities(study, studied, front, text, request.Threads, results) };
            if (request.IsConfirmed) checks = checks with { DecodeMilliseconds = Decodes(studied, front, request.Threads, results) };
        }

        if (request.Candidates is { } table)
        {
            CandidateTable.Write(study, table);
            results.Note($"candidates: {table}");
        }

        return Show(study, chosen, kept, whole, [], checks, request.Report, results);
    }

    private static Dictionary<Candidate, double> Perplexities(Study study, StudiedModel studied, IReadOnlyList<StudyEntry> front, string text, int threads, ResultWriter results)
    {
        var windows = studied.Windows(study, text);
        if (windows.Text.Sha256 == (string?)study.Description.Subject["text"]) results.Note($"{text} is the text of the search: these figures are too good");
        using var evaluator = new SubNetworkEvaluator(studied.Model, studied.Order, windows, threads);
        return results.Progress("front", line => front.Index().ToDictionary(pair => pair.Item.Candidate, pair =>
        {
            line.Report("front", pair.Index, front.Count);
            var (shape, treatment) = studied.Meaning(pair.Item.Candidate);
            return evaluator.Measure(shape, treatment, results.Terminal.Cancellation)[SearchMetrics.Perplexity];
        }));
    }

    private static Dictionary<Candidate, double> Decodes(StudiedModel studied, IReadOnlyList<StudyEntry> front, int threads, ResultWriter results)
    {
        var folder = Directory.CreateTempSubdirectory("pare-front-");
        try
        {
            return results.Progress("decode", line => front.Index().ToDictionary(pair => pair.Item.Candidate, pair =>
            {
                line.Report("decode", pair.Index, front.Count);
                var path = Path.Combine(folder.FullName, "model");
                studied.Write(pair.Item.Candidate, path, overwrite: true, threads, results.Terminal.Cancellation);
                return DecodeCheck.Milliseconds(path, threads, results.Terminal.Cancellation);
            }));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Shows the front of a study.</summary>
    public static int Show(
        Study study, IReadOnlyList<Objective> objectives, IReadOnlyList<Constraint> constraints, IReadOnlyDictionary<string, double> whole,
        IReadOnlyList<PredictorReport> predictors, FrontChecks checks, string? report, ResultWriter results)
    {
        var found = StudyFront.Of(study.Entries(), objectives, constraints);
        if (!results.IsJson) Print(study, found, objectives, constraints, whole, predictors, checks, results);
        if (report is not null) ReportFile.Save(SearchPage.Create(study, found, objectives, constraints, whole, predictors, checks), report, results);
        if (results.IsJson) results.Json(ToJson(study, found, objectives, constraints, whole, predictors, checks));
        return Program.Done;
    }

    private static void Print(
        Study study, StudyFront found, IReadOnlyList<Objective> objectives, IReadOnlyList<Constraint> constraints, IReadOnlyDictionary<string, double> whole,
        IReadOnlyList<PredictorReport> predictors, FrontChecks checks, ResultWriter results)
    {
        var failed = found.Entries.Count(entry => entry.Failure is not null);
        results.Line($"{found.Entries.Count} candidates{(failed > 0 ? $", {failed} of them failed" : "")}, measured on {study.Description.Subject["textFile"]}{(constraints.Count > 0 ? $"; {string.Join(", ", constraints)}" : "")}");
        foreach (var one in predictors)
            results.Line($"round {one.Round}: {objectives[one.Objective].Metric} predicted by {one.Predictor} from {one.Observations}: Kendall τ {Quantity.Fixed(one.KendallTau, 3)}, error {Quantity.Percent(one.MeanAbsolutePercentageError)}");
        if (found.Hypervolumes.Count > 0) results.Line($"hypervolume {Quantity.Fixed(found.Hypervolumes[^1], 4)}");
        results.Line();
        if (found.Front.Count == 0) results.Line(Nearest(found, objectives, constraints));
        else results.Table(SearchPage.Table(study, found, whole, checks));
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
        IReadOnlyList<PredictorReport> predictors, FrontChecks checks) => new()
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
                if (checks.TextFile is { } file) (json["reportText"], json["reportPerplexity"]) = (file, checks.Perplexities[entry.Candidate]);
                if (checks.DecodeMilliseconds is { } decodes) json["decodeMilliseconds"] = decodes[entry.Candidate];
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
