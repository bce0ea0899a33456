using System.Text.Json.Nodes;
using Pare.Cli.Output;
using Pare.Compression;
using Pare.Evaluation;
using Pare.Evaluation.Speed;
using Pare.Models;
using Pare.Numerics;
using Pare.Reports;
using Pare.Search;

namespace Pare.Cli.Commands;

/// <summary>Carries out <c>pare sweep</c>.</summary>
internal static class SweepRun
{
    private const int UsualWindow = 2048;
    private const int ProgressSteps = 1000;

    public static int Run(SweepRequest request, ResultWriter results)
    {
        if (request.Report is { } page) ReportFile.Check(page);
        var grid = SdqGrid.Load(request.Grid);
        using var model = Model.Open(request.Path);
        var length = request.Window ?? Math.Min(UsualWindow, model.Config.MaxPositionEmbeddings);
        var texts = request.Texts.Select(text => TokenWindows.FromText(model.Tokenizer, text, request.Protocol, length, request.Windows)).ToList();
        if (texts.GroupBy(text => text.Text.File).FirstOrDefault(group => group.Count() > 1) is { } twice) throw new UsageException($"--text: two texts are named {twice.Key}; rename one, so that the table can tell them apart");
        var speed = new BenchOptions { Prompt = request.Prompt, Generate = request.Generate, Repetitions = request.Repetitions, PromptMayShrink = true, GenerateMayShrink = true };
        var meter = new SdqMeter(model, grid, texts, request.Engine, speed, Path.GetFullPath(request.Study) + ".work");
        var subject = meter.Subject(request.Path);
        if (grid.Calibration is { } calibration) subject["calibration"] = Calibration(grid, calibration);
        using var study = Study.Open(request.Study, new StudyDescription { Space = SdqSpace.Space, Metrics = meter.Metrics, Subject = subject });
        study.KeepNote("model", Path.GetFullPath(request.Path));
        var whole = SearchRun.Numbers(study.Note("whole") ?? study.KeepNote("whole", FrontRun.Metrics(meter.Whole(request.Path, results.Terminal.Cancellation)).ToJsonString()));
        var rows = results.Progress("sweep", line => Sweep(request, grid, meter, study, line, results.Terminal.Cancellation));
        if (!results.IsJson)
        {
            results.Table(SdqGridPage.Table(study, rows, whole));
            foreach (var row in rows.Where(row => row.Failure is not null)) results.Line($"{SdqGridPage.Name(row.Candidate)}: {row.Failure}");
            results.Line(SdqGridPage.ModelledNote);
        }

        if (request.Report is { } file) ReportFile.Save(SdqGridPage.Create(study, rows, whole), file, results);
        if (results.IsJson) results.Json(ToJson(study, rows, whole));
        return Program.Done;
    }

    private static IReadOnlyList<StudyEntry> Sweep(SweepRequest request, SdqGrid grid, SdqMeter meter, Study study, IProgressLine line, CancellationToken cancellation)
    {
        using var pool = new ComputePool(request.Engine.Threads);
        var (known, done) = (grid.Configurations.ToDictionary(SdqSpace.Of), 0);
        return StudyRunner.Run(study, new ListSearcher(known.Keys),
            (candidate, stop) => meter.Measure(known[candidate], pool, new Steps(line, () => done, known.Count), stop),
            new StudyRunOptions
            {
                Objectives = [new Objective(meter.Metrics[0])],
                Evaluations = known.Count,
                Searcher = "grid",
                Seed = 0,
                Progress = step => line.Report("sweep", ProgressSteps * (done = step.Done), ProgressSteps * known.Count, SdqGridPage.Name(step.Entry.Candidate)),
            },
            cancellation);
    }

    private static JsonObject Calibration(SdqGrid grid, Pare.Calibration.CalibrationOptions options)
    {
        var file = Path.Combine(grid.ToRecipe(grid.Configurations[0]).BaseFolder, options.Text ?? options.Tokens!);
        using var stream = File.OpenRead(file);
        return new JsonObject { ["file"] = Path.GetFileName(file), ["sha256"] = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(stream)) };
    }

    private static JsonObject ToJson(Study study, IReadOnlyList<StudyEntry> rows, IReadOnlyDictionary<string, double> whole) => new()
    {
        ["study"] = study.Path,
        ["subject"] = study.Description.Subject.DeepClone(),
        ["modelledThroughput"] = SdqGridPage.ModelledNote,
        ["whole"] = FrontRun.Metrics(whole),
        ["configurations"] = new JsonArray([.. rows.Select(row => (JsonNode)new JsonObject
        {
            ["number"] = row.Number,
            ["name"] = SdqGridPage.Name(row.Candidate),
            ["configuration"] = JsonNode.Parse(study.Description.Space.Format(row.Candidate)),
            ["metrics"] = FrontRun.Metrics(row.Metrics),
            ["failure"] = row.Failure,
            ["seconds"] = row.Seconds,
        })]),
    };

    private sealed class Steps(IProgressLine line, Func<int> done, int count) : IProgress<CompressionProgress>
    {
        public void Report(CompressionProgress value) =>
            line.Report("sweep", (long)(ProgressSteps * (done() + 0.8 * value.Done)), (long)ProgressSteps * count, $"configuration {done() + 1} of {count}, {value.Stage}");
    }
}
