using Pare.Search;

namespace Pare.Cli.Commands;

/// <summary>How a picked model is to be healed.</summary>
internal sealed record HealRequest
{
    public required IReadOnlyList<string> Text { get; init; }

    /// <summary>Tokens of a sequence; null takes the search's window.</summary>
    public int? Window { get; init; }

    public bool IsResumed { get; init; }

    public required HealingOptions Options { get; init; }
}
