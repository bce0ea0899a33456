using System.CommandLine;
using Pare.Cli.Output;

namespace Pare.Cli;

/// <summary>Options that every command has.</summary>
internal sealed class GlobalOptions
{
    public Option<bool> Json { get; } = new("--json") { Description = "Write exactly one JSON object to standard output", Recursive = true };

    public Option<bool> Quiet { get; } = new("--quiet", "-q") { Description = "No progress on standard error", Recursive = true };

    public Option<bool> Debug { get; } = new("--debug") { Description = "Show stack traces of failures", Recursive = true };

    public IReadOnlyList<Option> All => [Json, Quiet, Debug];

    /// <summary>What a command writes to.</summary>
    public ResultWriter Results(ParseResult parse, Terminal terminal) => new(terminal, parse.GetValue(Json), parse.GetValue(Quiet));
}
