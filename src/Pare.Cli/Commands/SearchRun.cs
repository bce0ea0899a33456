using System.Globalization;
using System.Text.Json.Nodes;
using Pare.Cli.Output;
using Pare.Evaluation;
using Pare.Models;
using Pare.Reports;
using Pare.Search;
using Pare.Training;

namespace Pare.Cli.Commands;

/// <summary>Runs <c>pare search</c>.</summary>
internal static class SearchRun
{
    private const int UsualWindow = 512;

    public static int Run(SearchRequest request, ResultWriter results)
    {
        if (request.Report is { } page) ReportFile.Check(page);
        using var model = Model.Open(request.Path);
        var length = request.Window ?? Math.Min(UsualWindow, model.Config.MaxPositionEmbeddings);
        var windows = TokenWindows.FromText(model.Tokenizer, request.Text, TextProtocol.Plain, length, request.Windows);
        var by = request.Order.For(model);
        var options = request.Space.Resolve(model.Config);
        var calibration = !by.NeedsText && !request.Passes.NeedsText(options) ? null
            : TokenWindows.FromText(model.Tokenizer, request.Data ?? request.Text, TextProtocol.Plain, length, request.CalibrationWindows);
        var measures = new SearchMeasures(request, model, windows);
        // Values that the model does not admit are refused before any work; ranks do not matter for that.
        _ = new SubNetworkSpace(model.Config, options, ImportanceOrder.Unsorted(model.Config).Layers);
        var order = Order(request, by, model, calibration, results);
        var space = new SubNetworkSpace(model.Config, options, order.Layers);
        var description = new StudyDescription { Space = space.Space, Metrics = measures.Metrics, Subject = Subject(request, by, windows, calibration) };
        measures.Describe(description.Subject);
        request.Passes.Describe(description.Subject, options);
        using var study = Study.Open(request.Study, description);
        study.KeepNote("model", Path.GetFullPath(request.Path));
        study.KeepNote("order", order.ToJson().ToJsonString());
        var treatments = request.Passes.Prepare(study, model, space, options, order, calibration, request.Threads, results);
        using var evaluator = new SubNetworkEvaluator(model, order, measures.Create(study, results, out var text), request.Threads);
        var whole = Whole(study, model, evaluator, results);
        var objectives = request.Objectives;
        Constraint[] constraints = [.. request.Constraints.Select(one => ConstraintText.Parse(one, measures.Metrics, whole))];
        var known = objectives.Index().Where(pair => pair.Item.Metric == SearchMetrics.Parameters)
            .ToDictionary(pair => pair.Index, _ => (Func<Candidate, double>)(candidate => new ModelGraph(space.ToSubNetwork(candidate).ToConfig(model.Config)).ParameterCount));
        var searcher = SearcherNames.Create(request.Searcher, space.Space, request.Seed, objectives.Count, request.Population, [space.Largest, space.Smallest], known);
        var rows = results.Progress("search", line => StudyRunner.Run(
            study, searcher, (candidate, cancellation) => evaluator.Measure(candidate, space, treatments, cancellation),
            new StudyRunOptions
            {
                Objectives = objectives,
                Constraints = constraints,
                Evaluations = request.Evaluations,
                Searcher = request.Searcher,
                Seed = request.Seed,
                Arrange = (learnt, candidates) =>
                {
                    text.Stopping?.Learn(learnt, constraints);
                    return text.Plan(space, candidates);
                },
                Progress = step => line.Report("search", step.Done, step.Evaluations, step.Entry.Failure is null ? Quantity.Number(step.Entry.Metrics[objectives[0].Metric], 4) : "failed"),
            },
            results.Terminal.Cancellation));
        if (rows.Count < request.Evaluations) results.Note($"the space holds no more than {rows.Count} candidates");
        var predictors = searcher is Linas linas ? linas.Reports : [];
        return FrontRun.Show(study, objectives, constraints, whole, predictors, FrontChecks.None, request.Report, results);
    }

    private static ImportanceOrder Order(SearchRequest request, OrderRequest by, Model model, TokenWindows? calibration, ResultWriter results)
    {
        // A study that was begun has its order already.
        using (var study = Study.OpenIfBegun(request.Study))
        {
            if (study?.Note("order") is { } text) return Read(text, model, request.Study);
        }

        return by.Find(model, calibration, results);
    }

    /// <summary>The order that a study keeps.</summary>
    public static ImportanceOrder Read(string text, Model model, string study)
    {
        try
        {
            return ImportanceOrder.FromJson(JsonNode.Parse(text)!, model.Config);
        }
        catch (Exception e) when (e is ArgumentException or System.Text.Json.JsonException)
        {
            throw new StudyException($"the study {study} is of another model, or damaged: {e.Message}", e);
        }
    }

    private static JsonObject Subject(SearchRequest request, OrderRequest by, TokenWindows windows, TokenWindows? calibration) => new()
    {
        ["model"] = ModelFingerprint.Of(request.Path),
        ["text"] = windows.Text.Sha256,
        ["textFile"] = windows.Text.File,
        ["window"] = windows.Window,
        ["windows"] = windows.Count,
        ["order"] = by.Order,
        ["sharedOrder"] = by.IsShared,
        ["layerRank"] = by.RanksByLoss ? "loss" : "influence",
        ["calibration"] = calibration?.Text.Sha256 ?? "none",
        ["calibrationFile"] = calibration?.Text.File ?? "none",
        ["calibrationWindows"] = calibration?.Count ?? 0,
    };

    private static IReadOnlyDictionary<string, double> Whole(Study study, Model model, SubNetworkEvaluator evaluator, ResultWriter results)
    {
        if (study.Note("whole") is { } known) return Numbers(known);
        var measured = evaluator.Measure(SubNetwork.Whole(model.Config), null, results.Terminal.Cancellation);
        var json = new JsonObject([.. measured.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))]);
        return Numbers(study.KeepNote("whole", json.ToJsonString()));
    }

    /// <summary>Metrics as a study keeps them.</summary>
    public static IReadOnlyDictionary<string, double> Numbers(string json) =>
        JsonNode.Parse(json)!.AsObject().ToDictionary(pair => pair.Key, pair => pair.Value!.GetValue<double>());

    /// <summary>A number as results show it.</summary>
    public static string Number(string metric, double value) => metric switch
    {
        SearchMetrics.Parameters or SearchMetrics.MultiplyAdds => value.ToString("N0", CultureInfo.InvariantCulture).Replace(',', ' '),
        SearchMetrics.Bytes => Quantity.Bytes(value),
        SearchMetrics.Latency => $"{Quantity.Number(value, 4)} ms",
        _ => Quantity.Number(value, 5),
    };
}
