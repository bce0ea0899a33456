using System.CommandLine;
using Pare.Cli.Output;
using Pare.Search;

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
        var objective = new Option<string>("--objective") { Description = "Of those that keep it, the one with least of this (accuracy: most)", HelpName = "METRIC", DefaultValueFactory = _ => "perplexity" };
        var text = new Option<string?>("--text") { Description = "Also measure each written model on this text", HelpName = "FILE" };
        var heal = new HealOptions();
        var formats = new Option<string?>("--formats") { Description = "Also write the result with its linear sites in each of these formats, such as q8_0,q4_0, to OUT-FORMAT (or OUT-healed-FORMAT)", HelpName = "A,B" };
        var model = FrontCommand.Model();
        var force = Arguments.Force();
        var threads = Arguments.Threads();
        command.Arguments.Add(study);
        foreach (var option in new Option[] { output, number, size, constraints, objective, text, formats, model, force, threads }.Concat(heal.All)) command.Options.Add(option);
        HelpText.SetExamples(command, "pare pick s.db --max-size 0.67x -o smaller", "pare pick s.db --constraint 'perplexity<=1.1x' --objective parameters -o smallest", "pare pick s.db --number 17 -o seventeen",
            "pare pick s.db --max-size 0.67x -o smaller --heal train.txt --heal-tokens 300000 --heal-lora 16 --formats q8_0,q4_0 --text held-out.txt");
        command.SetAction(parse =>
        {
            string[] kept = [.. parse.GetValue(constraints) ?? [], .. parse.GetValue(size) is { } most ? new[] { $"{SearchMetrics.Parameters}<={most}" } : []];
            return PickRun.Run(
                new PickRequest
                {
                    Study = parse.GetRequiredValue(study),
                    Output = parse.GetRequiredValue(output),
                    Number = parse.GetValue(number),
                    Constraints = kept,
                    Objective = parse.GetRequiredValue(objective),
                    Text = parse.GetValue(text),
                    Heal = heal.Read(parse, parse.GetValue(threads)),
                    Formats = [.. SpaceOptions.Split(parse.GetValue(formats)).Select(name => FormatName.Parse("--formats", name)).Distinct()],
                    Model = parse.GetValue(model),
                    Force = parse.GetValue(force),
                    Threads = parse.GetValue(threads),
                },
                globals.Results(parse, terminal));
        });
        return command;
    }
}
