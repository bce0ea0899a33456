using System.Text.Json.Nodes;
using Pare.Cli.Output;
using Pare.Evaluation;
using Pare.Models;
using Pare.Reports;
using Pare.Runtime;
using Pare.Search;

namespace Pare.Cli.Commands;

/// <summary>Runs <c>pare pick</c>.</summary>
internal static class PickRun
{
    public static int Run(PickRequest request, ResultWriter results)
    {
        OutputPath.Check(request.Output, request.Force);
        using var study = Study.Open(request.Study);
        var whole = SearchRun.Numbers(study.Note("whole") ?? throw new StudyException($"the study {request.Study} has no candidates yet; go on with 'pare search'"));
        var entry = Choose(study, request, whole);
        using var studied = StudiedModel.Open(study, request.Model);
        studied.Write(entry.Candidate, request.Output, request.Force, request.Threads, results.Terminal.Cancellation);
        double? perplexity = null;
        if (request.Text is { } text)
        {
            using var written = Model.Open(request.Output);
            using var engine = new InferenceEngine(written, new EngineOptions { Threads = request.Threads });
            var windows = studied.Windows(study, text);
            perplexity = results.Progress("perplexity", line => new PerplexityEvaluator(written, engine).Evaluate(windows, new PerplexityOptions { Progress = EvalRun.Steps(line) }, results.Terminal.Cancellation).Perplexity);
        }

        // The table's figure is a sum of parts; this is the model itself.
        double? decode = entry.Metrics.ContainsKey(SearchMetrics.Latency) ? DecodeCheck.Milliseconds(request.Output, request.Threads, results.Terminal.Cancellation) : null;
        if (results.IsJson) results.Json(ToJson(study, entry, request, perplexity, decode));
        else Print(entry, whole, request, perplexity, decode, results);
        return Program.Done;
    }

    private static StudyEntry Choose(Study study, PickRequest request, IReadOnlyDictionary<string, double> whole)
    {
        var entries = study.Entries();
        if (request.Number is { } wanted)
        {
            var row = entries.FirstOrDefault(entry => entry.Number == wanted) ?? throw new UsageException($"--number {wanted}: the study has rows 1 to {entries.Count}");
            return row.Failure is null ? row : throw new StudyException($"candidate {wanted} could not be measured ({row.Failure}); choose another one");
        }

        var metrics = study.Description.Metrics;
        var objectives = ConstraintText.Objectives(request.Objective, metrics);
        Constraint[] kept = [.. request.Constraints.Select(one => ConstraintText.Parse(one, metrics, whole))];
        return StudyFront.Of(entries, objectives, kept) is { Front: [var best, ..] } found ? best : throw new StudyException(FrontRun.Nearest(StudyFront.Of(entries, objectives, kept), objectives, kept));
    }

    private static void Print(StudyEntry entry, IReadOnlyDictionary<string, double> whole, PickRequest request, double? perplexity, double? decode, ResultWriter results)
    {
        results.Line($"candidate {entry.Number} → {request.Output}");
        foreach (var (metric, value) in entry.Metrics) results.Line($"{metric}: {SearchRun.Number(metric, value)}{(whole[metric] > 0 ? $" ({Quantity.Number(value / whole[metric], 3)}× the whole model's)" : "")}");
        if (decode is { } milliseconds) results.Line($"decode, measured with the model: {Quantity.Number(milliseconds, 4)} ms a token");
        if (perplexity is { } again) results.Line($"perplexity on {Path.GetFileName(request.Text)}: {Quantity.Number(again, 5)}");
    }

    private static JsonObject ToJson(Study study, StudyEntry entry, PickRequest request, double? perplexity, double? decode)
    {
        var json = new JsonObject
        {
            ["output"] = request.Output,
            ["number"] = entry.Number,
            ["candidate"] = JsonNode.Parse(study.Description.Space.Format(entry.Candidate)),
            ["metrics"] = FrontRun.Metrics(entry.Metrics),
        };
        if (decode is { } milliseconds) json["decodeMilliseconds"] = milliseconds;
        if (perplexity is { } value) (json["reportText"], json["reportPerplexity"]) = (Path.GetFileName(request.Text), value);
        return json;
    }
}
