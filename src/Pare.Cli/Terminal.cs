namespace Pare.Cli;

/// <summary>Where a command reads and writes.</summary>
/// <param name="Output">Results.</param>
/// <param name="Error">Progress and errors.</param>
/// <param name="Input">What the user types.</param>
/// <param name="IsInteractive">Whether <paramref name="Error"/> is a terminal that can redraw a line.</param>
/// <param name="Cancellation">Set by Ctrl-C.</param>
internal sealed record Terminal(TextWriter Output, TextWriter Error, TextReader Input, bool IsInteractive, CancellationToken Cancellation)
{
    /// <summary>The command line, without the name of the program.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];
}
