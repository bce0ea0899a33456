using System.CommandLine;
using Pare.Cli.Output;
using Pare.Search;

namespace Pare.Cli.Commands;

/// <summary><c>pare search</c>: the sub-networks of a model that are worth their size.</summary>
internal static class SearchCommand
{
    public static Command Create(GlobalOptions globals, Terminal terminal)
    {
        var command = new Command("search", "Searches the sub-networks of a model: fewer layers, heads, neurons, channels or bits against perplexity. Every candidate is a row of the study; a search that was stopped goes on where it was.");
        var path = Arguments.Model();
        var study = new Option<string>("--study") { Description = "The SQLite file of the study; begun if it is not there. Several processes may work on one", HelpName = "FILE.db", Required = true };
        var text = new Option<string>("--text") { Description = "Text that candidates are measured on; report on another one (pare front --text)", HelpName = "FILE", Required = true };
        var data = new Option<string?>("--data") { Description = "Text that importance, patterns and thresholds are found on [default: that of --text]", HelpName = "FILE" };
        var objectives = new Option<string>("--objectives") { Description = $"What is made small (accuracy: large): some of {string.Join(", ", SearchMetrics.All)}", HelpName = "A,B", DefaultValueFactory = _ => "perplexity,parameters" };
        var constraints = new Option<string[]>("--constraint") { Description = "What has to be kept, such as parameters<=0.67x (of the whole model) or perplexity<=30; may be given several times", HelpName = "C" };
        var evaluations = Arguments.Whole("--evaluations", "Candidates of the whole search, those of earlier runs included", 250);
        var searcher = new Option<string>("--searcher") { Description = $"How candidates are found: {string.Join(", ", SearcherNames.All)}", HelpName = "NAME", DefaultValueFactory = _ => "linas" };
        searcher.AcceptOnlyFromAmong([.. SearcherNames.All]);
        var population = Arguments.Whole("--population", "Candidates that are measured before the searcher learns of them", 50, minimum: 4, maximum: 100000);
        var seed = Arguments.Whole("--seed", "Seed of the search", 1, minimum: 0);
        var space = new SpaceOptions();
        var order = OrderOptions.Order();
        var sharedOrder = OrderOptions.IsShared();
        var rank = OrderOptions.LayerRank();
        var window = Arguments.OptionalWhole("--window", "Tokens of a window [default: 512, or the model's context if that is shorter]", minimum: 2);
        var windows = Arguments.Whole("--windows", "Windows that a candidate is measured over", 32);
        var calibration = Arguments.Whole("--calibration-windows", "Windows that importance is scored over", 32);
        var tasks = new SearchTaskOptions();
        var stop = Arguments.OptionalNumber("--stop-hopeless", "Stop candidates that are worse than one that is no larger, wrongly at most at this rate, such as 0.01 [default: measure all over all windows]", 1e-9);
        var report = Arguments.Report();
        var threads = Arguments.Threads();
        command.Arguments.Add(path);
        foreach (var option in new Option[]
                 {
                     study, text, data, objectives, constraints, evaluations, searcher, population, seed, order, sharedOrder, rank, window, windows, calibration, stop, report, threads,
                 }.Concat(space.All).Concat(tasks.All)) command.Options.Add(option);
        HelpText.SetExamples(command,
            "pare search models/pare-llama-5m --text models/wikipedia.txt --study s.db --evaluations 100",
            "pare search SmolLM2-135M --text validation.txt --data calibration.txt --study s.db --depths 20,22,24,26,28,30 --ffn 0.25,0.5,0.75,1.0 --constraint 'parameters<=0.8x'",
            "pare search SmolLM2-135M --text validation.txt --study s.db --ffn 0.5,1.0 --formats f16,q8_0,q4_0 --objectives perplexity,bytes",
            "pare search SmolLM2-135M --text validation.txt --data calibration.txt --study s.db --ffn 0.5,0.75,1.0 --formats q8_0,q4_0 --patterns dense,2:4 --thresholds 0,0.3,0.5 --objectives perplexity,latency",
            "pare search SmolLM2-135M --text validation.txt --study s.db --objectives accuracy,latency --tasks arc_easy,piqa --task-data tasks --limit 100 --constraint 'kl<=0.5'");
        command.SetAction(parse => SearchRun.Run(
            new SearchRequest
            {
                Path = parse.GetRequiredValue(path),
                Study = parse.GetRequiredValue(study),
                Text = parse.GetRequiredValue(text),
                Data = parse.GetValue(data),
                Objectives = ConstraintText.Objectives(parse.GetRequiredValue(objectives), SearchMetrics.All),
                Constraints = parse.GetValue(constraints) ?? [],
                Evaluations = parse.GetValue(evaluations),
                Searcher = parse.GetRequiredValue(searcher),
                Population = parse.GetValue(population),
                Seed = (ulong)parse.GetValue(seed),
                Space = space.Read(parse),
                Passes = space.ReadPasses(parse),
                Tasks = tasks.Read(parse),
                StopHopeless = parse.GetValue(stop) is not { } rate ? null : rate < 0.5 ? rate : throw new UsageException($"--stop-hopeless {rate}: expected a rate above 0 and below 0.5, such as 0.01"),
                Order = new OrderRequest { Order = parse.GetValue(order), IsShared = parse.GetValue(sharedOrder), RanksByLoss = parse.GetRequiredValue(rank) == "loss", Threads = parse.GetValue(threads) },
                Window = parse.GetValue(window),
                Windows = parse.GetValue(windows),
                CalibrationWindows = parse.GetValue(calibration),
                Report = parse.GetValue(report),
                Threads = parse.GetValue(threads),
            },
            globals.Results(parse, terminal)));
        return command;
    }
}
