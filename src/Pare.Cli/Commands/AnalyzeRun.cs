using System.Text.Json;
using Pare.Calibration;
using Pare.Cli.Output;
using Pare.Evaluation;
using Pare.Models;
using Pare.Numerics;
using Pare.Reports;

namespace Pare.Cli.Commands;

/// <summary>Carries out <c>pare analyze</c>.</summary>
internal static class AnalyzeRun
{
    private const int UsualWindow = 2048;

    public static int Run(AnalyzeRequest request, ResultWriter results)
    {
        if (request.Report is { } page) ReportFile.Check(page);
        using var model = Model.Open(request.Path);
        var windows = CalibrationText.Read(
            new CalibrationOptions { Text = request.Text, Samples = request.Samples, Window = request.Window ?? Math.Min(UsualWindow, model.Config.MaxPositionEmbeddings) }, model, request.Options.Seed);
        if (request.IsPlan)
        {
            Plan(model, windows, request, results);
            return Program.Done;
        }

        using var pool = new ComputePool(request.Threads);
        var result = results.Progress("activations", line => ActivityAnalyzer.Analyze(model, windows, request.Options, pool, EvalRun.Steps(line), results.Terminal.Cancellation));
        if (!results.IsJson)
        {
            results.Table(ActivityPage.SiteTable(result));
            results.Line();
            results.Line($"patterns at {result.PatternSite}, the smaller {Quantity.Percent(result.Level, 0)} inactive; means over the blocks");
            results.Table(ActivityPage.SimilarityTable(result));
            if (result.BlockCorrelations is { Count: > 1 } correlations && correlations[0][^1] is { } ends && Neighbours(correlations) is { } near)
                results.Line($"correlation of tokens' similarity between blocks: neighbours {Quantity.Fixed(near, 2)}, first and last {Quantity.Fixed(ends, 2)} (chance 0)");
        }

        if (request.Report is { } file) ReportFile.Save(ActivityPage.Create(result), file, results);
        // Last: a page that cannot be saved is an object of its own.
        if (results.IsJson) results.Json(JsonSerializer.SerializeToNode(result, ActivityJson.Default.ActivityResult)!.AsObject());
        return Program.Done;
    }

    private static void Plan(Model model, TokenWindows windows, AnalyzeRequest request, ResultWriter results)
    {
        using var machine = MachineSpeed.Measure(request.Threads);
        var outline = ModelOutline.Of(model);
        var parts = new MemoryParts(outline);
        var shares = request.Options.ChangedShares.Count;
        var patterns = 2L * windows.Count * windows.Window * model.Config.Layers.Max(layer => layer.FfnSize) / 8;
        PlanText.Show(new WorkPlan
        {
            What = $"look at the activations of {request.Path}",
            MemoryBytes = parts.Weights + parts.Activations(windows.Window) + BlockStream.Bytes(model.Config, (1 + shares) * windows.Count, windows.Window) + patterns,
            DiskBytes = request.Report is null ? 0 : 300_000,
            // The windows as they are pass through every block twice.
            Seconds = machine.PrefillSeconds(outline, (2.0 + shares) * windows.Count * windows.Window),
            Notes = [$"{Quantity.Count(windows.Count)} windows of {Quantity.Count(windows.Window)} tokens, and {Quantity.Count(shares)} times as many with changes"],
        }, results);
    }

    private static double? Neighbours(IReadOnlyList<IReadOnlyList<double?>> correlations) =>
        Enumerable.Range(1, correlations.Count - 1).Select(i => correlations[i - 1][i]).OfType<double>().Cast<double?>().Average();
}
