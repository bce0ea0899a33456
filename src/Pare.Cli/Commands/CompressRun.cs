using System.Text.Json;
using System.Text.Json.Nodes;
using Pare.Cli.Output;
using Pare.Compression;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Reports;

namespace Pare.Cli.Commands;

/// <summary>Carries out <c>pare compress</c>.</summary>
internal static class CompressRun
{
    private const int ProgressSteps = 1000;
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static int Run(CompressRequest request, ResultWriter results)
    {
        var recipe = request.ReadRecipe();
        OutputPath.Check(request.Output, request.Force);
        if (request.Report is not null) ReportFile.Check(request.Report);
        using var model = Model.Open(request.Path);
        var runner = new CompressionRunner(model, recipe);
        if (request.IsPlan)
        {
            ShowPlan(model, runner.Plan(request.Threads), request, results);
            return Program.Done;
        }

        using var pool = new ComputePool(request.Threads);
        var report = results.Progress("compress", line => Run(runner, request, pool, line, results));
        if (!results.IsJson) Print(model, report, results);
        if (request.Report is { } file) ReportFile.Save(CompressionPage.Create(model, report), file, results);
        // Last: a page that cannot be saved is an object of its own.
        if (results.IsJson) results.Json(ToJson(model, report));
        return Program.Done;
    }

    private static CompressionReport Run(CompressionRunner runner, CompressRequest request, ComputePool pool, IProgressLine line, ResultWriter results)
    {
        try
        {
            return runner.Run(request.Output, request.Force, pool, new Steps(line), results.Terminal.Cancellation);
        }
        catch (OperationCanceledException)
        {
            if (CompressionRunner.StateOf(request.Output) is { } state) results.Note($"what is done stands in {state}; the same command goes on from there, and removing that folder starts anew");
            throw;
        }
    }

    private static void Print(Model model, CompressionReport report, ResultWriter results)
    {
        results.Table(SizeTable.Of(model, report.Formats));
        foreach (var line in SizeTable.FallbackLines(report.Fallbacks)) results.Line(line);
        var errors = report.Parameters.Select(parameter => parameter.RelativeError).ToArray();
        if (errors.Length > 0)
            results.Line($"{errors.Length} parameters changed; relative error of storing them {Quantity.Number(errors.Min(), 3)} to {Quantity.Number(errors.Max(), 3)}, mean {Quantity.Number(errors.Average(), 3)}");
        foreach (var note in report.Notes) results.Line(note);
        foreach (var shot in report.Shots)
            results.Line($"shot {shot.Shot}: {Quantity.Percent(shot.Sparsity)} of the weights are 0, perplexity {Quantity.Number(shot.PerplexityBefore, 4)} to {Quantity.Number(shot.Perplexity, 4)}, damping times {Quantity.Number(shot.Damping, 2)}, {Quantity.Seconds(shot.Seconds)}");
        var outputs = report.Parameters.Where(parameter => parameter.OutputError is not null).Select(parameter => parameter.OutputError!.Value).ToArray();
        if (outputs.Length > 0)
            results.Line($"error of the sites' outputs on the calibration text {Quantity.Number(outputs.Min(), 3)} to {Quantity.Number(outputs.Max(), 3)}, mean {Quantity.Number(outputs.Average(), 3)}");
        var escalated = report.Parameters.Count(parameter => parameter.IsDampingEscalated);
        if (escalated > 0) results.Line($"{escalated} sites needed more damping than was asked for to be positive definite (pare.json says how much); more calibration text helps");
        var sparse = report.Parameters.Where(parameter => parameter.Sparsity > 0).Select(parameter => parameter.Sparsity!.Value).ToArray();
        if (sparse.Length > 0) results.Line($"zeros in {sparse.Length} sites: {Quantity.Percent(sparse.Min())} to {Quantity.Percent(sparse.Max())}");
        if (report.ActivationSparsity is { } sparsity) results.Line(ActivityText.Describe(sparsity));
        results.Line($"wrote {report.Path} in {Quantity.Seconds(report.Seconds)}");
    }

    private static void ShowPlan(Model model, CompressionPlan plan, CompressRequest request, ResultWriter results)
    {
        var seconds = plan.Seconds;
        if (plan.CalibrationOperations > 0)
        {
            using var machine = MachineSpeed.Measure(request.Threads);
            seconds += machine.OperationSeconds(plan.CalibrationOperations);
        }

        PlanText.Show(new WorkPlan
        {
            What = $"compress {model.Path} to {request.Output}",
            MemoryBytes = plan.MemoryBytes + model.WeightBytes,
            DiskBytes = plan.OutputBytes + plan.TemporaryBytes,
            Seconds = seconds,
            Notes =
        [
            $"{plan.ChangedParameters} parameters of {plan.Blocks} blocks change; {Quantity.Bytes(plan.OutputBytes)} remain, {Quantity.Bytes(plan.TemporaryBytes)} are needed beside them until the end",
            $"memory counts {Quantity.Bytes(model.WeightBytes)} of mapped weights, which the system can drop",
            .. plan.Notes,
            .. SizeTable.FallbackLines(plan.Fallbacks),
        ],
        }, results);
    }

    private static JsonObject ToJson(Model model, CompressionReport report)
    {
        var json = new JsonObject { ["path"] = report.Path };
        SizeTable.AddTo(json, model, report.Formats);
        json["fallbacks"] = SizeTable.ToJson(report.Fallbacks);
        json["parameters"] = new JsonArray([.. report.Parameters.Select(parameter => new JsonObject
        {
            ["name"] = parameter.Name,
            ["methods"] = new JsonArray([.. parameter.Methods.Select(method => JsonValue.Create(method))]),
            ["format"] = parameter.Format.Name(),
            ["bitsPerWeight"] = parameter.BitsPerWeight,
            ["relativeError"] = parameter.RelativeError,
            ["sparsity"] = parameter.Sparsity,
            ["outputError"] = parameter.OutputError,
            ["damping"] = parameter.Damping,
            ["group"] = parameter.Group,
        })]);
        if (report.Shots.Count > 0) json["shots"] = JsonSerializer.SerializeToNode(report.Shots, s_json);
        if (report.ActivationSparsity is { } sparsity) json["activationSparsity"] = ActivityText.ToJson(sparsity);
        if (report.Notes.Count > 0) json["notes"] = new JsonArray([.. report.Notes.Select(note => (JsonNode)note)]);
        json["seconds"] = report.Seconds;
        return json;
    }

    private sealed class Steps(IProgressLine line) : IProgress<CompressionProgress>
    {
        public void Report(CompressionProgress value) =>
            line.Report("", (long)(ProgressSteps * value.Done), ProgressSteps, value.Blocks == 0 ? value.Stage : $"{value.Stage}, block {Math.Min(value.Block + 1, value.Blocks)} of {value.Blocks}");
    }
}
