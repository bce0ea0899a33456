using System.CommandLine;
using System.Globalization;
using Pare.Calibration;
using Pare.Cli.Output;
using Pare.Models;

namespace Pare.Cli.Commands;

/// <summary><c>pare analyze</c>: what a model's activations are like.</summary>
internal static class AnalyzeCommand
{
    public static Command Create(GlobalOptions globals, Terminal terminal)
    {
        var command = new Command("analyze", "Looks at a model's activations over a text: natural zeros, distributions, and how alike the patterns of active neurons are across tokens, blocks and inputs.");
        var path = Arguments.Model();
        var text = new Option<string>("--text") { Description = "Text from which windows are drawn", HelpName = "TEXT", Required = true };
        var samples = Arguments.Whole("--samples", "Windows", 12);
        var window = Arguments.OptionalWhole("--window", "Tokens of a window [default: 2048, or the model's context if that is shorter]", minimum: 2);
        var site = new Option<string?>("--site") { Description = "Whose patterns are compared [default: act; without a gate: down-in]", HelpName = "SITE" };
        site.AcceptOnlyFromAmong([.. ActivationSites.All.Select(known => known.Name())]);
        var level = Arguments.Number("--level", "Share of a block's activations that count as inactive, the smallest", 0.5, 0, 0.999);
        var changed = new Option<double[]>("--changed") { Description = "Shares of tokens to change, separated by commas; 0 for none [default: 0.05,0.1,0.15,0.2,0.25,0.3]", HelpName = "A,B", CustomParser = Shares };
        var seed = Arguments.Whole("--seed", "Seed of windows, pairs and changes", 0, minimum: 0);
        var report = Arguments.Report();
        var threads = Arguments.Threads();
        var plan = Arguments.Plan();
        command.Arguments.Add(path);
        foreach (var option in new Option[] { text, samples, window, site, level, changed, seed, report, threads, plan }) command.Options.Add(option);
        HelpText.SetExamples(command,
            "pare analyze models/pare-opt-5m --text models/wikipedia.txt --samples 4 --window 256",
            "pare analyze SmolLM2-135M --text wikipedia.txt --window 512 --level 0.7 --report activations.html");
        command.SetAction(parse => AnalyzeRun.Run(
            new AnalyzeRequest
            {
                Path = parse.GetRequiredValue(path),
                Text = parse.GetRequiredValue(text),
                Samples = parse.GetValue(samples),
                Window = parse.GetValue(window),
                Options = new ActivityOptions
                {
                    Site = parse.GetValue(site) is { } name ? ActivationSites.Find(name) : null,
                    Level = parse.GetValue(level),
                    ChangedShares = parse.GetResult(changed) is null ? new ActivityOptions().ChangedShares : parse.GetValue(changed) ?? [],
                    Seed = parse.GetValue(seed),
                },
                Threads = parse.GetValue(threads),
                Report = parse.GetValue(report),
                IsPlan = parse.GetValue(plan),
            },
            globals.Results(parse, terminal)));
        return command;
    }

    private static double[]? Shares(System.CommandLine.Parsing.ArgumentResult result)
    {
        var shares = new List<double>();
        foreach (var text in result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))
        {
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var share) || share is not (>= 0 and <= 1))
            {
                result.AddError($"--changed {text}: expected a share from 0 to 1");
                return null;
            }

            if (share > 0) shares.Add(share);
        }

        return [.. shares.Distinct()];
    }
}
