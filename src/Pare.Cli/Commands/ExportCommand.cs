using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Pare.Cli.Output;
using Pare.Compression;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Reports;

namespace Pare.Cli.Commands;

/// <summary><c>pare export</c>: a model for other programs.</summary>
internal static class ExportCommand
{
    public static Command Create(GlobalOptions globals, Terminal terminal)
    {
        var command = new Command("export", "Writes a model for other programs: a GGUF file for llama.cpp, or a plain Hugging Face folder.");
        var path = Arguments.Model();
        var output = Arguments.Output("Where to write: a path that ends in .gguf, or a folder");
        var format = new Option<string?>("--format") { Description = $"Format of the weights: {FormatName.Writable} [default: as stored]", HelpName = "F" };
        var embedding = new Option<string?>("--embedding-format") { Description = "Format of embeddings and head in a GGUF file [default: q8_0 where --format is below 8 bits]", HelpName = "F" };
        var pad = new Option<bool>("--pad") { Description = "Fill layers that differ in shape with zeros to one shape; the function stays the same" };
        var force = Arguments.Force();
        var threads = Arguments.Threads();
        var plan = Arguments.Plan();
        command.Arguments.Add(path);
        foreach (var option in new Option[] { output, format, embedding, pad, force, threads, plan }) command.Options.Add(option);
        HelpText.SetExamples(command,
            "pare export models/stories260K -o stories.gguf --format q8_0",
            "pare export SmolLM2-135M -o SmolLM2-135M.Q4_K.gguf --format q4_k",
            "pare export SmolLM2-135M.gguf -o SmolLM2-135M --format bf16",
            "pare export smaller-model -o for-transformers --format bf16 --pad");
        command.SetAction(parse => Run(
            parse.GetRequiredValue(path), parse.GetRequiredValue(output), parse.GetValue(threads), parse.GetValue(plan),
            new ExportOptions
            {
                Format = parse.GetValue(format) is { } name ? FormatName.Parse("--format", name) : null,
                EmbeddingFormat = parse.GetValue(embedding) is { } other ? FormatName.Parse("--embedding-format", other) : null,
                Pad = parse.GetValue(pad),
                Overwrite = parse.GetValue(force),
            },
            globals.Results(parse, terminal)));
        return command;
    }

    private static int Run(string path, string output, int threads, bool isPlan, ExportOptions options, ResultWriter results)
    {
        using var model = Model.Open(path);
        OutputPath.Check(output, options.Overwrite);
        var planned = ModelExporter.Plan(model, output, options);
        if (isPlan)
        {
            ShowPlan(model, planned, threads, results);
            return Program.Done;
        }

        var start = Stopwatch.GetTimestamp();
        using var pool = new ComputePool(threads);
        var report = results.Progress("export", line => ModelExporter.Export(
            model, output, options, pool, new ShareProgress(line, planned.WeightBytes), results.Terminal.Cancellation));
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (results.IsJson) results.Json(ToJson(model, report, seconds));
        else Print(model, report, seconds, results);
        return Program.Done;
    }

    private static void Print(Model model, ExportReport report, double seconds, ResultWriter results)
    {
        results.Table(SizeTable.Of(model, report.Formats));
        foreach (var line in SizeTable.FallbackLines(report.Fallbacks)) results.Line(line);
        foreach (var warning in report.Warnings) results.Line("note: " + warning);
        results.Line($"wrote {report.Path} ({(report.IsGguf ? "GGUF" : "Hugging Face folder")}, {report.Architecture}) in {Quantity.Seconds(seconds)}");
    }

    private static void ShowPlan(Model model, ExportReport report, int threads, ResultWriter results)
    {
        var widest = model.Graph.Parameters.Max(parameter => 4L * parameter.Columns);
        PlanText.Show(new WorkPlan
        {
            What = $"export {model.Path} to {report.Path}",
            // Weights are mapped and pass by; what stays is a window of rows and the runtime.
            MemoryBytes = MemoryParts.Program + model.WeightBytes + 1024 * widest,
            DiskBytes = report.WeightBytes,
            Seconds = EncodingSpeed.Seconds(report.Formats.Select(share => (share.Format, share.Elements)), report.WeightBytes, threads),
            Notes = [.. SizeTable.FallbackLines(report.Fallbacks), .. report.Warnings, $"{Quantity.Fixed(report.BitsPerWeight, 2)} bits per weight; memory counts the mapped weights, which the system can drop"],
        }, results);
    }

    private static JsonObject ToJson(Model model, ExportReport report, double seconds)
    {
        var json = new JsonObject { ["path"] = report.Path, ["container"] = report.IsGguf ? "gguf" : "folder", ["architecture"] = report.Architecture };
        SizeTable.AddTo(json, model, report.Formats);
        json["linearBitsPerWeight"] = report.LinearBitsPerWeight;
        json["fallbacks"] = SizeTable.ToJson(report.Fallbacks);
        json["warnings"] = new JsonArray([.. report.Warnings.Select(warning => JsonValue.Create(warning))]);
        json["seconds"] = seconds;
        return json;
    }
}
