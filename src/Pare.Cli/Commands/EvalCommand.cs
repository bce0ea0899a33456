using System.CommandLine;
using Pare.Cli.Output;
using Pare.Evaluation;
using Pare.Evaluation.Tasks;

namespace Pare.Cli.Commands;

/// <summary><c>pare eval</c>: what a model is worth.</summary>
internal static class EvalCommand
{
    public static Command Create(GlobalOptions globals, Terminal terminal)
    {
        var command = new Command("eval", "Measures perplexity, tasks, and the distance to another model.");
        var path = Arguments.Model();
        var text = new Option<string?>("--perplexity") { Description = "Measure the perplexity of this text file", HelpName = "TEXT" };
        var protocol = new Option<string>("--protocol") { Description = "How the file becomes a text: wikitext2 (rows joined with two line feeds) or plain (as it is)", HelpName = "P", DefaultValueFactory = _ => "wikitext2" };
        protocol.AcceptOnlyFromAmong("wikitext2", "plain");
        var tokens = new Option<string?>("--tokens") { Description = "Measure over these windows: tensor input_ids [windows, length]", HelpName = "FILE.safetensors" };
        var window = Arguments.OptionalWhole("--window", "Tokens of a window [default: 2048, or the model's context if that is shorter]", minimum: 2);
        var windows = Arguments.OptionalWhole("--windows", "Most windows, from the start of the text [default: all]");
        var state = new Option<string?>("--state") { Description = "Keep finished windows here, and go on from them", HelpName = "FILE" };
        var tasks = new Option<string[]>("--tasks") { Description = "Tasks, separated by commas", HelpName = "A,B" };
        var data = new Option<string?>("--data") { Description = "The folder with the tasks' files", HelpName = "DIR" };
        var taskFiles = new Option<string[]>("--task-file") { Description = "A task of your own; may be given several times", HelpName = "FILE" };
        var limit = Arguments.OptionalWhole("--limit", "Most documents of each task, from the first on [default: all]");
        var shots = Arguments.OptionalWhole("--shots", "Solved examples before each document [default: the task's own number]", minimum: 0);
        var against = new Option<string?>("--against") { Description = "Compare with this model: KL divergence, same first choice", HelpName = "MODEL" };
        var report = Arguments.Report();
        var threads = Arguments.Threads();
        var activations = Arguments.Activations("float32");
        var cache = Arguments.KvCache();
        var predict = Arguments.Predict();
        var plan = Arguments.Plan();
        command.Arguments.Add(path);
        foreach (var option in new Option[] { text, protocol, tokens, window, windows, state, tasks, data, taskFiles, limit, shots, against, report, threads, activations, cache, predict, plan }) command.Options.Add(option);
        HelpText.SetExamples(command,
            "pare eval models/stories260K --perplexity models/stories260K/stories260K.md --protocol plain",
            "pare eval SmolLM2-135M --perplexity wiki.test.raw --windows 16 --report wiki.html",
            "pare eval SmolLM2-135M-Q4_0 --perplexity wiki.test.raw --against SmolLM2-135M --json",
            "pare eval SmolLM2-135M --tasks arc_easy,piqa --data tasks --limit 200");
        command.SetAction(parse => EvalRun.Run(
            new EvalRequest
            {
                Path = parse.GetRequiredValue(path),
                Text = parse.GetValue(text),
                Protocol = parse.GetValue(protocol) == "plain" ? TextProtocol.Plain : TextProtocol.Wikitext2,
                Tokens = parse.GetValue(tokens),
                Window = parse.GetValue(window),
                Windows = parse.GetValue(windows),
                StateFile = parse.GetValue(state),
                Tasks = [.. (parse.GetValue(tasks) ?? []).SelectMany(names => names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Select(TaskCatalog.Find)],
                TaskFiles = parse.GetValue(taskFiles) ?? [],
                DataFolder = parse.GetValue(data),
                Limit = parse.GetValue(limit),
                Shots = parse.GetValue(shots),
                Against = parse.GetValue(against),
                Report = parse.GetValue(report),
                Engine = Arguments.Engine(parse.GetValue(threads), parse.GetValue(activations), parse.GetValue(cache)) with { PredictsNeurons = parse.GetValue(predict) },
                IsPlan = parse.GetValue(plan),
            },
            globals.Results(parse, terminal)));
        return command;
    }
}
