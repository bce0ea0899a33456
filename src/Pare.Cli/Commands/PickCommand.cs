using System.CommandLine;
using System.Text.Json.Nodes;
using Pare.Cli.Output;
using Pare.Evaluation;
using Pare.Numerics;
using Pare.Search;
using Pare.Training;

namespace Pare.Cli.Commands;

/// <summary><c>pare pick</c>: one candidate of a study as a model.</summary>
internal static class PickCommand
{
    public static Command Create(GlobalOptions globals, Terminal terminal)
    {
        var command = new Command("pick", "Writes one candidate of a study as a normal, smaller model: the best one that keeps what was asked for, or a row by its number.");
        var study = FrontCommand.Study();
        var output = Arguments.Output("The model folder to write");
        var number = Arguments.OptionalWhole("--number", "The row of this number instead of the best one");
        var size = new Option<string?>("--max-size") { Description = "Most parameters, as a number or as a share of the whole model such as 0.67x", HelpName = "S" };
        var constraints = new Option<string[]>("--constraint") { Description = "What has to be kept, such as bytes<=0.5x or perplexity<=1.1x", HelpName = "C" };
        var objective = new Option<string>("--objective") { Description = "Of those that keep it, the one with least of this", HelpName = "METRIC", DefaultValueFactory = _ => "perplexity" };
        var text = new Option<string?>("--text") { Description = "Also measure the written model on this text", HelpName = "FILE" };
        var model = FrontCommand.Model();
        var force = Arguments.Force();
        var threads = Arguments.Threads();
        command.Arguments.Add(study);
        foreach (var option in new Option[] { output, number, size, constraints, objective, text, model, force, threads }) command.Options.Add(option);
        HelpText.SetExamples(command, "pare pick s.db --max-size 0.67x -o smaller", "pare pick s.db --constraint 'perplexity<=1.1x' --objective parameters -o smallest", "pare pick s.db --number 17 -o seventeen");
        command.SetAction(parse =>
        {
            string[] kept = [.. parse.GetValue(constraints) ?? [], .. parse.GetValue(size) is { } most ? new[] { $"{SubNetworkEvaluator.Parameters}<={most}" } : []];
            return Run(parse.GetRequiredValue(study), parse.GetRequiredValue(output), parse.GetValue(number), kept, parse.GetRequiredValue(objective), parse.GetValue(text), parse.GetValue(model), parse.GetValue(force), parse.GetValue(threads), globals.Results(parse, terminal));
        });
        return command;
    }

    private static int Run(string path, string output, int? number, string[] constraints, string objective, string? text, string? modelPath, bool force, int threads, ResultWriter results)
    {
        OutputPath.Check(output, force);
        using var study = Study.Open(path);
        var whole = SearchRun.Numbers(study.Note("whole") ?? throw new StudyException($"the study {path} has no candidates yet; go on with 'pare search'"));
        var entry = Choose(study, number, constraints, objective, whole);
        using var studied = StudiedModel.Open(study, modelPath);
        using var pool = new ComputePool(threads);
        var (shape, formats) = studied.Meaning(entry.Candidate);
        SubNetworkModel.Write(studied.Model, shape, studied.Order, output, force, pool, formats, results.Terminal.Cancellation);
        double? again = null;
        if (text is not null)
        {
            using var written = Models.Model.Open(output);
            var subject = study.Description.Subject;
            var windows = TokenWindows.FromText(written.Tokenizer, text, TextProtocol.Plain, subject["window"]!.GetValue<int>(), subject["windows"]!.GetValue<int>());
            using var engine = new Runtime.InferenceEngine(written, new Runtime.EngineOptions { Threads = threads });
            again = results.Progress("perplexity", line => new PerplexityEvaluator(written, engine).Evaluate(windows, new PerplexityOptions { Progress = EvalRun.Steps(line) }, results.Terminal.Cancellation).Perplexity);
        }

        if (results.IsJson) results.Json(ToJson(study, entry, output, text, again));
        else Print(entry, whole, output, text, again, results);
        return Program.Done;
    }

    private static StudyEntry Choose(Study study, int? number, string[] constraints, string objective, IReadOnlyDictionary<string, double> whole)
    {
        var entries = study.Entries();
        if (number is { } wanted)
        {
            var row = entries.FirstOrDefault(entry => entry.Number == wanted) ?? throw new UsageException($"--number {wanted}: the study has rows 1 to {entries.Count}");
            return row.Failure is null ? row : throw new StudyException($"candidate {wanted} could not be measured ({row.Failure}); choose another one");
        }

        var metrics = study.Description.Metrics;
        var objectives = ConstraintText.Objectives(objective, metrics);
        Constraint[] kept = [.. constraints.Select(one => ConstraintText.Parse(one, metrics, whole))];
        return StudyFront.Of(entries, objectives, kept) is { Front: [var best, ..] } found ? best : throw new StudyException(FrontRun.Nearest(StudyFront.Of(entries, objectives, kept), objectives, kept));
    }

    private static void Print(StudyEntry entry, IReadOnlyDictionary<string, double> whole, string output, string? text, double? again, ResultWriter results)
    {
        results.Line($"candidate {entry.Number} → {output}");
        foreach (var (metric, value) in entry.Metrics) results.Line($"{metric}: {SearchRun.Number(metric, value)} ({Reports.Quantity.Number(value / whole[metric], 3)}× the whole model's)");
        if (again is { } perplexity) results.Line($"perplexity on {Path.GetFileName(text)}: {Reports.Quantity.Number(perplexity, 5)}");
    }

    private static JsonObject ToJson(Study study, StudyEntry entry, string output, string? text, double? again)
    {
        var json = new JsonObject
        {
            ["output"] = output,
            ["number"] = entry.Number,
            ["candidate"] = JsonNode.Parse(study.Description.Space.Format(entry.Candidate)),
            ["metrics"] = new JsonObject([.. entry.Metrics.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))]),
        };
        if (again is { } perplexity) (json["reportText"], json["reportPerplexity"]) = (Path.GetFileName(text), perplexity);
        return json;
    }
}
