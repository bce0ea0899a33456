using System.Text.Json;
using System.Text.Json.Nodes;
using Pare.Cli.Output;
using Pare.Evaluation;
using Pare.Evaluation.Tasks;
using Pare.Models;
using Pare.Reports;
using Pare.Runtime;

namespace Pare.Cli.Commands;

/// <summary>Carries out <c>pare eval</c>.</summary>
internal static class EvalRun
{
    private const int UsualWindow = 2048;

    public static int Run(EvalRequest request, ResultWriter results)
    {
        request.Check();
        var tasks = request.Tasks.Concat(request.TaskFiles.Select(TaskFile.Load)).ToArray();
        using var model = Model.Open(request.Path);
        var windows = ReadWindows(model, request);
        if (request.IsPlan)
        {
            EvalPlan.Show(model, windows, tasks, request, results);
            return Program.Done;
        }

        // Hours of measuring must not end at a missing file.
        var taskOptions = new TaskOptions { Limit = request.Limit, Shots = request.Shots };
        var loaded = tasks.Select(task => TaskDocuments.Load(task, request.DataFolder ?? ".", taskOptions)).ToArray();
        using var engine = new InferenceEngine(model, request.Engine);
        PerplexityResult? perplexity = null;
        ComparisonResult? comparison = null;
        if (windows is not null)
        {
            var evaluator = new PerplexityEvaluator(model, engine);
            if (request.Against is null)
            {
                perplexity = results.Progress("perplexity", line => evaluator.Evaluate(
                    windows, new PerplexityOptions { StateFile = request.StateFile, Progress = Steps(line) }, results.Terminal.Cancellation));
            }
            else
            {
                comparison = Compare(model, engine, windows, request, results);
                perplexity = evaluator.Summarize(windows, comparison);
            }
        }

        var taskResults = new List<TaskResult>();
        foreach (var documents in loaded)
        {
            taskResults.Add(results.Progress(documents.Task.Name, line => new TaskEvaluator(model, engine).Evaluate(
                documents, taskOptions with { Progress = Steps(line) }, results.Terminal.Cancellation)));
        }

        if (!results.IsJson) Print(perplexity, comparison, taskResults, results);
        if (request.Report is { } file) ReportFile.Save(EvaluationPage.Create(perplexity, comparison, taskResults), file, results);
        // Last: a page that cannot be saved is an object of its own.
        if (results.IsJson) results.Json(ToJson(perplexity, comparison, taskResults));
        return Program.Done;
    }

    /// <summary>Hands an evaluation's steps to a progress line.</summary>
    public static Action<EvaluationProgress> Steps(IProgressLine line) =>
        step => line.Report(step.Stage, step.Done, step.Total, step.Value is { } value ? Quantity.Number(value, 4) : "");

    private static TokenWindows? ReadWindows(Model model, EvalRequest request)
    {
        if (request.Tokens is { } file) return TokenWindows.FromFile(file, request.Windows);
        if (request.Text is not { } text) return null;
        return TokenWindows.FromText(model.Tokenizer, text, request.Protocol, request.Window ?? Math.Min(UsualWindow, model.Config.MaxPositionEmbeddings), request.Windows);
    }

    private static ComparisonResult Compare(Model model, InferenceEngine engine, TokenWindows windows, EvalRequest request, ResultWriter results)
    {
        using var reference = Model.Open(request.Against!);
        using var referenceEngine = new InferenceEngine(reference, new EngineOptions { Threads = request.Engine.Threads });
        var comparison = new ModelComparison(model, engine, reference, referenceEngine);
        return results.Progress("comparison", line => comparison.Compare(windows, Steps(line), results.Terminal.Cancellation));
    }

    private static void Print(PerplexityResult? perplexity, ComparisonResult? comparison, List<TaskResult> tasks, ResultWriter results)
    {
        var table = new ReportTable("", new ReportColumn("", IsNumeric: false), new ReportColumn("", IsNumeric: false));
        if (perplexity is not null)
        {
            var error = perplexity.StandardError is { } of ? $" ± {Quantity.Number(perplexity.Perplexity * of, 2)}" : "";
            table.Add("perplexity", Quantity.Number(perplexity.Perplexity, 6) + error);
            if (perplexity.BitsPerByte is { } bits) table.Add("bits per byte", Quantity.Number(bits, 5));
            table.Add("tokens", $"{Quantity.Count(perplexity.Tokens)} predicted, {Quantity.Count(perplexity.Windows)} windows of {Quantity.Count(perplexity.Window)}");
            table.Add("protocol", perplexity.Protocol.Name + (perplexity.Protocol.Text is { } text ? $", {text.File}" : ""));
            table.Add("time", Quantity.Seconds(perplexity.Seconds) + (perplexity.TokensPerSecond is { } speed ? $", {Quantity.Number(speed, 4)} tokens/s" : ""));
            if (perplexity.Prediction is { } prediction)
                table.Add("predicted", $"{Quantity.Percent(prediction.Share)} of the groups of neurons; recall {Quantity.Percent(prediction.Recall)}, precision {Quantity.Percent(prediction.Precision)}");
            if (perplexity.Protocol.PeakResidentBytes is { } peak) table.Add("peak memory", Quantity.Bytes(peak));
        }

        if (comparison is not null)
        {
            table.Add("against", comparison.Protocol.Reference!.Path);
            table.Add("KL divergence", $"{Quantity.Number(comparison.MeanKlDivergence, 4)} nats (median {Quantity.Number(comparison.MedianKlDivergence, 3)}, 99th percentile {Quantity.Number(comparison.Percentile99KlDivergence, 3)}, largest {Quantity.Number(comparison.MaxKlDivergence, 3)})");
            table.Add("same first choice", Quantity.Percent(comparison.TopOneAgreement));
            table.Add("its perplexity", $"{Quantity.Number(comparison.ReferencePerplexity, 6)} ({(comparison.PerplexityChange >= 0 ? "+" : "")}{Quantity.Percent(comparison.PerplexityChange)} here)");
        }

        if (table.Rows.Count > 0) results.Table(table);
        if (perplexity?.ActivationSparsity is { Count: > 0 } sites)
        {
            results.Line();
            results.Table(EvaluationPage.SparsityTable(sites));
        }

        if (tasks.Count == 0) return;
        if (table.Rows.Count > 0) results.Line();
        results.Table(EvaluationPage.TaskTable(tasks));
    }

    private static JsonObject ToJson(PerplexityResult? perplexity, ComparisonResult? comparison, List<TaskResult> tasks)
    {
        var json = perplexity is null ? [] : JsonSerializer.SerializeToNode(perplexity, EvaluationJson.Default.PerplexityResult)!.AsObject();
        if (comparison is not null) json["comparison"] = JsonSerializer.SerializeToNode(comparison, EvaluationJson.Default.ComparisonResult);
        if (tasks.Count > 0) json["tasks"] = new JsonArray([.. tasks.Select(task => JsonSerializer.SerializeToNode(task, EvaluationJson.Default.TaskResult))]);
        if (ResidentMemory.Peak() is { } peak) json["peakResidentBytes"] = peak;
        return json;
    }
}
