using System.CommandLine;
using Pare.Cli.Output;

namespace Pare.Cli.Commands;

/// <summary><c>pare compress</c>: a smaller model from a model.</summary>
internal static class CompressCommand
{
    public static Command Create(GlobalOptions globals, Terminal terminal)
    {
        var command = new Command("compress", "Makes a smaller model by a recipe, or by one method.");
        var path = Arguments.Model();
        var output = Arguments.Output("The model folder to write");
        var recipe = new Option<string?>("--recipe") { Description = "Passes in order, in YAML or JSON (docs/recipes.md)", HelpName = "FILE" };
        var method = new Option<string?>("--method") { Description = "One pass: round-to-nearest, channel-scaling or surgeon", HelpName = "NAME" };
        var format = new Option<string?>("--format") { Description = "Format that the method stores: " + FormatName.Writable, HelpName = "F" };
        var embedding = new Option<string?>("--embedding-format") { Description = "Format of embeddings and head [default: q8_0 where --format is below 8 bits]", HelpName = "F" };
        var sites = new Option<string[]>("--sites") { Description = "Only linear maps whose names match, such as model.layers.*.mlp.*; may be given several times", HelpName = "PATTERN" };
        var factors = new Option<string?>("--factors") { Description = "Factors of channel-scaling", HelpName = "FILE.safetensors" };
        var settings = new (string Key, Option<string?> Option)[]
        {
            ("sparsity", new Option<string?>("--sparsity") { Description = "Share of the weights that surgeon sets to 0", HelpName = "SHARE" }),
            ("structure", new Option<string?>("--structure") { Description = "What surgeon removes together: elements, N:M, rows, columns, rows-columns or coupled [default: rows-columns]", HelpName = "NAME" }),
            ("shots", new Option<string?>("--shots") { Description = "Steps in which surgeon gets there [default: 5]", HelpName = "N" }),
            ("calibration", new Option<string?>("--calibration") { Description = "Text, or safetensors file of input_ids, that statistics are taken on", HelpName = "FILE" }),
            ("calibrationTokens", new Option<string?>("--calibration-tokens") { Description = "Tokens of it [default: 16384]", HelpName = "N" }),
            ("window", new Option<string?>("--window") { Description = "Tokens of a window of it [default: 1024]", HelpName = "N" }),
        };
        var force = Arguments.Force();
        var report = Arguments.Report();
        var threads = Arguments.Threads();
        var plan = Arguments.Plan();
        command.Arguments.Add(path);
        foreach (var option in new Option[] { output, recipe, method, format, embedding, sites, factors, force, report, threads, plan }) command.Options.Add(option);
        foreach (var (_, option) in settings) command.Options.Add(option);
        HelpText.SetExamples(command,
            "pare compress models/stories260K -o stories-q8 --method round-to-nearest --format q8_0",
            "pare compress SmolLM2-135M -o SmolLM2-135M-q4 --recipe q4.yaml --report q4.html",
            "pare compress SmolLM2-135M -o pruned --method surgeon --sparsity 0.3 --shots 10 --calibration calibration.txt",
            "pare compress SmolLM2-135M -o out --method round-to-nearest --format q4_0 --sites \"model.layers.*.mlp.*\" --plan");
        command.SetAction(parse => CompressRun.Run(
            new CompressRequest
            {
                Path = parse.GetRequiredValue(path),
                Output = parse.GetRequiredValue(output),
                RecipeFile = parse.GetValue(recipe),
                Method = parse.GetValue(method),
                Format = parse.GetValue(format),
                EmbeddingFormat = parse.GetValue(embedding),
                Sites = parse.GetValue(sites) ?? [],
                Factors = parse.GetValue(factors),
                Settings = [.. settings.Select(setting => (setting.Key, parse.GetValue(setting.Option)))],
                Force = parse.GetValue(force),
                Report = parse.GetValue(report),
                Threads = parse.GetValue(threads),
                IsPlan = parse.GetValue(plan),
            },
            globals.Results(parse, terminal)));
        return command;
    }
}
