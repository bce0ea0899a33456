using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.CompilerServices;

namespace Pare.Cli;

/// <summary>Help of a fixed width, with examples at the end.</summary>
internal static class HelpText
{
    private const int Width = 100;
    private static readonly ConditionalWeakTable<Command, string[]> Examples = [];

    /// <summary>Sets the examples of a command; lines that begin with a blank go on from the one before.</summary>
    public static void SetExamples(Command command, params string[] examples) => Examples.AddOrUpdate(command, examples);

    /// <summary>Makes --help of all commands end with their examples.</summary>
    public static void Install(RootCommand root)
    {
        foreach (var option in root.Options)
        {
            if (option is HelpOption { Action: HelpAction help }) option.Action = new WithExamples(help);
        }
    }

    private sealed class WithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            help.MaxWidth = Width;
            var code = help.Invoke(parseResult);
            var output = parseResult.InvocationConfiguration.Output;
            var command = parseResult.CommandResult.Command;
            if (Examples.TryGetValue(command, out var examples))
            {
                output.WriteLine("Examples:");
                foreach (var example in examples) output.WriteLine("  " + example);
                output.WriteLine();
            }

            if (command is RootCommand) output.WriteLine("pare COMMAND --help shows the options of a command, with examples.\n\nExit codes: 0 done, 1 failed or cancelled, 2 misuse.");
            return code;
        }

        public override bool ClearsParseErrors => true;
    }
}
