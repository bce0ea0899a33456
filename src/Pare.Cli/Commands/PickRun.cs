using System.Text.Json.Nodes;
using Pare.Cli.Output;
using Pare.Reports;
using Pare.Search;

namespace Pare.Cli.Commands;

/// <summary>Runs <c>pare pick</c>.</summary>
internal static class PickRun
{
    public static int Run(PickRequest request, ResultWriter results)
    {
        request.Check();
        using var study = Study.Open(request.Study);
        var whole = SearchRun.Numbers(study.Note("whole") ?? throw new StudyException($"the study {request.Study} has no candidates yet; go on with 'pare search'"));
        var entry = Choose(study, request, whole);
        if (entry.Metrics.TryGetValue(SearchMetrics.Windows, out var windows) && windows < whole[SearchMetrics.Windows])
            results.Note($"candidate {entry.Number} was stopped as hopeless after {windows} windows: its figures of the text are estimates");
        using var studied = StudiedModel.Open(study, request.Model);
        var written = new PickWriter(request, study, studied, entry, results).Write();
        if (results.IsJson) results.Json(ToJson(study, entry, request, written));
        else Print(entry, whole, request, written, results);
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

    private static void Print(StudyEntry entry, IReadOnlyDictionary<string, double> whole, PickRequest request, IReadOnlyList<PickedModel> written, ResultWriter results)
    {
        results.Line($"candidate {entry.Number} → {request.Output}");
        foreach (var (metric, value) in entry.Metrics) results.Line($"{metric}: {SearchRun.Number(metric, value)}{(whole[metric] > 0 ? $" ({Quantity.Number(value / whole[metric], 3)}× the whole model's)" : "")}");
        if (written is [{ Perplexity: null, DecodeMilliseconds: null }]) return;
        var (hasText, hasTimes) = (written[0].Perplexity is not null, written[0].DecodeMilliseconds is not null);
        var columns = new List<ReportColumn> { new("", IsNumeric: false), new("parameters"), new("bytes") };
        if (hasText) columns.Add(new ReportColumn($"perplexity on {Path.GetFileName(request.Text)}"));
        if (hasTimes) columns.Add(new ReportColumn("decode, ms a token"));
        columns.Add(new ReportColumn("folder", IsNumeric: false));
        var table = new ReportTable("", [.. columns]);
        foreach (var model in written)
        {
            var cells = new List<string> { model.Name, Quantity.Count(model.Parameters), Quantity.Bytes(model.Bytes) };
            if (hasText) cells.Add(Quantity.Number(model.Perplexity!.Value, 5));
            if (hasTimes) cells.Add(Quantity.Number(model.DecodeMilliseconds!.Value, 4));
            table.Add([.. cells, model.Output]);
        }

        results.Line();
        results.Table(table);
    }

    private static JsonObject ToJson(Study study, StudyEntry entry, PickRequest request, IReadOnlyList<PickedModel> written)
    {
        var json = new JsonObject
        {
            ["output"] = request.Output,
            ["number"] = entry.Number,
            ["candidate"] = JsonNode.Parse(study.Description.Space.Format(entry.Candidate)),
            ["metrics"] = FrontRun.Metrics(entry.Metrics),
        };
        if (request.Text is not null) json["reportText"] = Path.GetFileName(request.Text);
        json["models"] = new JsonArray([.. written.Select(model => (JsonNode)model.ToJson())]);
        return json;
    }
}
