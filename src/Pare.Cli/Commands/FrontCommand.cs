using System.CommandLine;
using Pare.Cli.Output;

namespace Pare.Cli.Commands;

/// <summary><c>pare front</c>: the best of a study.</summary>
internal static class FrontCommand
{
    public static Command Create(GlobalOptions globals, Terminal terminal)
    {
        var command = new Command("front", "Shows the candidates of a study that no other one beats, and the hypervolume over evaluations.");
        var study = Study();
        var objectives = new Option<string>("--objectives") { Description = "What is made small (accuracy: large); any of what the study has measured", HelpName = "A,B", DefaultValueFactory = _ => "perplexity,parameters" };
        var constraints = new Option<string[]>("--constraint") { Description = "What has to be kept, such as parameters<=0.67x", HelpName = "C" };
        var text = new Option<string?>("--text") { Description = "Measure the front again on this text, which the search has not seen", HelpName = "FILE" };
        var confirm = new Option<bool>("--confirm") { Description = "Also write each of the front, run it, and show what a token takes beside what the table says" };
        var model = Model();
        var candidates = new Option<string?>("--candidates") { Description = "Also write every candidate, on the front or not, to this file: tab-separated values", HelpName = "FILE.tsv" };
        var report = Arguments.Report();
        var threads = Arguments.Threads();
        command.Arguments.Add(study);
        foreach (var option in new Option[] { objectives, constraints, text, confirm, model, candidates, report, threads }) command.Options.Add(option);
        HelpText.SetExamples(command, "pare front s.db", "pare front s.db --text held-out.txt --report front.html", "pare front s.db --objectives perplexity,latency --confirm", "pare front s.db --objectives perplexity,bytes --json", "pare front s.db --candidates all.tsv");
        command.SetAction(parse => FrontRun.Run(
            new FrontRequest
            {
                Study = parse.GetRequiredValue(study),
                Objectives = parse.GetRequiredValue(objectives),
                Constraints = parse.GetValue(constraints) ?? [],
                Text = parse.GetValue(text),
                IsConfirmed = parse.GetValue(confirm),
                Model = parse.GetValue(model),
                Candidates = parse.GetValue(candidates),
                Report = parse.GetValue(report),
                Threads = parse.GetValue(threads),
            },
            globals.Results(parse, terminal)));
        return command;
    }

    /// <summary>The study.</summary>
    public static Argument<string> Study()
    {
        var study = new Argument<string>("STUDY") { Description = "The file that pare search wrote" };
        Arguments.RefuseOptionNames(study);
        return study;
    }

    /// <summary>Where the model is now.</summary>
    public static Option<string?> Model() => new("--model") { Description = "The model of the study, where it is no longer where it was", HelpName = "MODEL" };
}
