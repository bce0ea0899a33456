using System.CommandLine;
using Pare.Cli.Commands;
using Pare.Cli.Output;

namespace Pare.Cli;

/// <summary>Parses the command line, runs a command, and turns what happens into messages and exit codes.</summary>
internal static class CommandLine
{
    public static int Run(string[] args, Terminal terminal)
    {
        terminal = terminal with { Arguments = args };
        var globals = new GlobalOptions();
        var failure = new FailureWriter(terminal, json: args.Contains("--json"), debug: args.Contains("--debug"));
        try
        {
            var root = Build(globals, terminal);
            var parse = root.Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
            if (args.Length == 0)
            {
                root.Parse(["--help"]).Invoke(Configuration(terminal.Error, terminal.Error));
                return Program.Misused;
            }

            if (parse.Errors.Count > 0) return failure.Misuse([.. parse.Errors.Select(error => error.Message)], parse.CommandResult.Command);
            return parse.Invoke(Configuration(terminal.Output, terminal.Error));
        }
        catch (Exception exception)
        {
            return failure.Report(exception);
        }
    }

    /// <summary>All commands.</summary>
    public static RootCommand Build(GlobalOptions globals, Terminal terminal)
    {
        var root = new RootCommand("Compresses, evaluates and runs language models on the CPU. MODEL is a folder (Hugging Face's layout) or a .gguf file.");
        foreach (var option in globals.All) root.Options.Add(option);
        root.Subcommands.Add(InfoCommand.Create(globals, terminal));
        root.Subcommands.Add(EvalCommand.Create(globals, terminal));
        root.Subcommands.Add(AnalyzeCommand.Create(globals, terminal));
        root.Subcommands.Add(RunCommand.Create(globals, terminal));
        root.Subcommands.Add(CompressCommand.Create(globals, terminal));
        root.Subcommands.Add(ExportCommand.Create(globals, terminal));
        root.Subcommands.Add(BenchCommand.Create(globals, terminal));
        root.Subcommands.Add(TrainCommand.Create(globals, terminal));
        root.Subcommands.Add(SupernetCommand.Create(globals, terminal));
        root.Subcommands.Add(SearchCommand.Create(globals, terminal));
        root.Subcommands.Add(FrontCommand.Create(globals, terminal));
        root.Subcommands.Add(PickCommand.Create(globals, terminal));
        root.Subcommands.Add(SweepCommand.Create(globals, terminal));
        root.Subcommands.Add(TrainTokenizerCommand.Create(globals, terminal));
        HelpText.Install(root);
        return root;
    }

    private static InvocationConfiguration Configuration(TextWriter output, TextWriter error) =>
        new() { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
}
