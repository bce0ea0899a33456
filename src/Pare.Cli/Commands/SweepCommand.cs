using System.CommandLine;
using Pare.Cli.Output;
using Pare.Evaluation;

namespace Pare.Cli.Commands;

/// <summary><c>pare sweep</c>: configurations of SDQ beside each other.</summary>
internal static class SweepCommand
{
    public static Command Create(GlobalOptions globals, Terminal terminal)
    {
        var command = new Command("sweep", "Makes a model by every SDQ configuration of a grid and measures perplexity, bits, and speed. Every configuration is a row of the study; one that has a row is not measured again, and grids may grow.");
        var path = Arguments.Model();
        var grid = new Option<string>("--grid") { Description = "Configurations, in YAML or JSON (docs/methods/Sdq.md)", HelpName = "FILE", Required = true };
        var study = new Option<string>("--study") { Description = "The SQLite file of the study; begun if it is not there", HelpName = "FILE.db", Required = true };
        var texts = new Option<string[]>("--text") { Description = "Text that perplexity is measured on; may be given several times", HelpName = "FILE", Required = true };
        var protocol = new Option<string>("--protocol") { Description = "How a text becomes windows: wikitext2 or plain", HelpName = "NAME", DefaultValueFactory = _ => "wikitext2" };
        protocol.AcceptOnlyFromAmong("wikitext2", "plain");
        var window = Arguments.OptionalWhole("--window", "Tokens of a window [default: 2048, or the model's context if that is shorter]", minimum: 2);
        var windows = Arguments.OptionalWhole("--windows", "Most windows of each text [default: all]");
        var activations = Arguments.Activations();
        var prompt = Arguments.Whole("--prompt", "Tokens of the prompt of the measurement of speed", 32);
        var generate = Arguments.Whole("--generate", "Tokens to generate behind it", 64);
        var repetitions = Arguments.Whole("--repetitions", "How often both are measured", 5);
        var report = Arguments.Report();
        var threads = Arguments.Threads();
        command.Arguments.Add(path);
        foreach (var option in new Option[] { grid, study, texts, protocol, window, windows, activations, prompt, generate, repetitions, report, threads }) command.Options.Add(option);
        HelpText.SetExamples(command,
            "pare sweep models/pare-llama-5m --grid grid.yaml --study sdq.db --text models/wikipedia.txt --window 256 --windows 20",
            "pare sweep SmolLM2-135M --grid grid.yaml --study sdq.db --text wikitext-2-raw-test.txt --text wikipedia-validation.txt --activations matched --report sdq.html");
        command.SetAction(parse => SweepRun.Run(
            new SweepRequest
            {
                Path = parse.GetRequiredValue(path),
                Grid = parse.GetRequiredValue(grid),
                Study = parse.GetRequiredValue(study),
                Texts = parse.GetRequiredValue(texts),
                Protocol = parse.GetRequiredValue(protocol) == "plain" ? TextProtocol.Plain : TextProtocol.Wikitext2,
                Window = parse.GetValue(window),
                Windows = parse.GetValue(windows),
                Engine = Arguments.Engine(parse.GetValue(threads), parse.GetValue(activations), null),
                Prompt = parse.GetValue(prompt),
                Generate = parse.GetValue(generate),
                Repetitions = parse.GetValue(repetitions),
                Report = parse.GetValue(report),
            },
            globals.Results(parse, terminal)));
        return command;
    }
}
