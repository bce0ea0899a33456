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
        var method = new Option<string?>("--method") { Description = "One pass: round-to-nearest, channel-scaling, magnitude, wanda, sparsegpt, gptq, awq, squeezellm, finequant, sdq, surgeon, activation-sparsity, block-influence, laco, slicegpt, modegpt or flap", HelpName = "NAME" };
        var format = new Option<string?>("--format") { Description = "Format that the method stores: " + FormatName.Writable, HelpName = "F" };
        var embedding = new Option<string?>("--embedding-format") { Description = "Format of embeddings and head [default: q8_0 where --format is below 8 bits]", HelpName = "F" };
        var sites = new Option<string[]>("--sites") { Description = "Only linear maps whose names match, such as model.layers.*.mlp.*; may be given several times", HelpName = "PATTERN" };
        var factors = new Option<string?>("--factors") { Description = "Factors of channel-scaling", HelpName = "FILE.safetensors" };
        var settings = new (string Key, Option<string?> Option)[]
        {
            ("sparsity", new Option<string?>("--sparsity") { Description = "Share of the weights that a method removes, such as 0.5 (block-influence, laco: of blocks; slicegpt: of channels; modegpt, flap: of neurons and heads)", HelpName = "SHARE" }),
            ("pattern", new Option<string?>("--pattern") { Description = "Weights that magnitude, wanda, sparsegpt and sdq keep in every M inputs, such as 2:4", HelpName = "N:M" }),
            ("rates", new Option<string?>("--rates") { Description = "How magnitude, wanda and sparsegpt spread --sparsity over the maps: uniform, owl or sensitivity [default: uniform]", HelpName = "NAME" }),
            ("spread", new Option<string?>("--spread") { Description = "How far the rate of a map may then lie from --sparsity [default: 0.08]", HelpName = "SHARE" }),
            ("dsnot", new Option<string?>("--dsnot") { Description = "magnitude and wanda: exchange removed weights for others until the expected error is small, true or false", HelpName = "FLAG" }),
            ("equalize", new Option<string?>("--equalize") { Description = "channel-scaling without --factors: equalize ranges across pairs of maps, true or false", HelpName = "FLAG" }),
            ("structure", new Option<string?>("--structure") { Description = "What surgeon removes together: elements, N:M, rows, columns, rows-columns or coupled [default: rows-columns]", HelpName = "NAME" }),
            ("outliers", new Option<string?>("--outliers") { Description = "How many of those are outliers of sdq [default: none]", HelpName = "N:M" }),
            ("inlierFormat", new Option<string?>("--inlier-format") { Description = "Numbers of sdq's inliers: int8, int4, int3, int2, fp8 or fp4 [default: fp4]", HelpName = "F" }),
            ("outlierFormat", new Option<string?>("--outlier-format") { Description = "Numbers of sdq's outliers [default: int8]", HelpName = "F" }),
            ("metric", new Option<string?>("--metric") { Description = "What sdq keeps: magnitude, wanda or sparsegpt [default: magnitude]", HelpName = "NAME" }),
            ("outlierMetric", new Option<string?>("--outlier-metric") { Description = "Which of those sdq makes outliers: magnitude, wanda, sparsegpt or error [default: as --metric]", HelpName = "NAME" }),
            ("joint", new Option<string?>("--joint") { Description = "sdq: remove and round in one sweep, in which later columns make up for both, true or false", HelpName = "FLAG" }),
            ("outlierShare", new Option<string?>("--outlier-share") { Description = "Share of a row's weights that squeezellm stores beside its table [default: 0.0045]", HelpName = "SHARE" }),
            ("importance", new Option<string?>("--importance") { Description = "squeezellm: errors count by the column's inputs (inputs, the default), by the Fisher information (fisher), or all the same (none)", HelpName = "NAME" }),
            ("rule", new Option<string?>("--rule") { Description = "Which activations activation-sparsity sets to zero: cats, paper, teal, teal-greedy, top-k, sparsing-law or paper-test-split", HelpName = "NAME" }),
            ("level", new Option<string?>("--level") { Description = "Share of those activations that are to be zero, such as 0.5", HelpName = "SHARE" }),
            ("remove", new Option<string?>("--remove") { Description = "What block-influence removes: blocks, attention, ffn or sublayers [default: blocks]", HelpName = "NAME" }),
            ("measure", new Option<string?>("--measure") { Description = "What block-influence ranks by: influence or perplexity [default: influence]", HelpName = "NAME" }),
            ("threshold", new Option<string?>("--threshold") { Description = "Least similarity of outputs that laco keeps [default: as low as --sparsity needs]", HelpName = "COSINE" }),
            ("predictor", new Option<string?>("--predictor") { Description = "Rank of predictors of the groups of neurons, with --group 8 [default: none]", HelpName = "RANK" }),
            ("sharedPredictor", new Option<string?>("--shared-predictor") { Description = "Instead: width of one predictor for all blocks, which reads the stream behind the first", HelpName = "WIDTH" }),
            ("cett", new Option<string?>("--cett") { Description = "Instead of --level, with sparsing-law: share of the networks' output that may be missing, such as 0.2", HelpName = "SHARE" }),
            ("perplexityIncrease", new Option<string?>("--perplexity-increase") { Description = "Instead of --level: search the highest one that makes perplexity on the calibration text at most so much higher, such as 0.01", HelpName = "SHARE" }),
            ("shots", new Option<string?>("--shots") { Description = "Steps in which surgeon gets there [default: 5]", HelpName = "N" }),
            ("bits", new Option<string?>("--bits") { Description = "Bits of a grid whose quality is studied, instead of --format (round-to-nearest, gptq, awq, finequant); bits of squeezellm's indices, 3 or 4", HelpName = "N" }),
            ("group", new Option<string?>("--group") { Description = "Inputs that share a scale with --bits [default: 64]; neurons that are zero together (activation-sparsity) [default: 1]", HelpName = "N" }),
            ("actOrder", new Option<string?>("--act-order") { Description = "gptq with --bits: take columns by falling second moment, true or false", HelpName = "FLAG" }),
            ("storedAs", new Option<string?>("--stored-as") { Description = "Type that holds the values of --bits [default: bf16]", HelpName = "F" }),
            ("damping", new Option<string?>("--damping") { Description = "Share of the mean diagonal that is added to second moments [default: 0.01]", HelpName = "SHARE" }),
        };
        var calibration = new (string Key, Option<string?> Option)[]
        {
            ("text", new Option<string?>("--calibration") { Description = "Text to calibrate on: windows are drawn from it", HelpName = "FILE" }),
            ("tokens", new Option<string?>("--calibration-tokens") { Description = "Exact calibration windows: input_ids [windows, length]", HelpName = "FILE.safetensors" }),
            ("samples", new Option<string?>("--samples") { Description = "Calibration windows [default: 128; surgeon: 16]", HelpName = "N" }),
            ("statistics", new Option<string?>("--statistics") { Description = "Keep statistics of the unchanged model here, and read those that are there: for other methods on the same text", HelpName = "FOLDER" }),
            ("window", new Option<string?>("--window") { Description = "Tokens of a calibration window [default: 2048; surgeon: 1024]", HelpName = "N" }),
        };
        var seed = new Option<int?>("--seed") { Description = "Seed of everything random [default: 0]", HelpName = "N" };
        var force = Arguments.Force();
        var report = Arguments.Report();
        var threads = Arguments.Threads();
        var plan = Arguments.Plan();
        command.Arguments.Add(path);
        foreach (var option in new Option[] { output, recipe, method, format, embedding, sites, factors, force, report, threads, plan }) command.Options.Add(option);
        foreach (var (_, option) in settings.Concat(calibration)) command.Options.Add(option);
        command.Options.Add(seed);
        HelpText.SetExamples(command,
            "pare compress models/stories260K -o stories-q8 --method round-to-nearest --format q8_0",
            "pare compress models/pare-llama-5m -o pruned --method sparsegpt --pattern 2:4 --calibration models/wikipedia.txt --window 256",
            "pare compress SmolLM2-135M -o SmolLM2-135M-q4 --recipe q4.yaml --report q4.html",
            "pare compress SmolLM2-135M -o sdq --method sdq --pattern 7:8 --outliers 1:8",
            "pare compress SmolLM2-135M -o pruned --method surgeon --sparsity 0.3 --shots 10 --calibration calibration.txt",
            "pare compress models/pare-llama-5m -o sparse --method activation-sparsity --rule cats --level 0.5 --calibration models/wikipedia.txt --window 256",
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
                Calibration = [.. calibration.Select(setting => (setting.Key, parse.GetValue(setting.Option)))],
                Seed = parse.GetValue(seed),
                Force = parse.GetValue(force),
                Report = parse.GetValue(report),
                Threads = parse.GetValue(threads),
                IsPlan = parse.GetValue(plan),
            },
            globals.Results(parse, terminal)));
        return command;
    }
}
