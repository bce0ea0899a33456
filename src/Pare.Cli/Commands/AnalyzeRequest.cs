using Pare.Calibration;

namespace Pare.Cli.Commands;

/// <summary>What <c>pare analyze</c> was asked to do.</summary>
internal sealed record AnalyzeRequest
{
    public required string Path { get; init; }

    public required string Text { get; init; }

    public required int Samples { get; init; }

    public int? Window { get; init; }

    public required ActivityOptions Options { get; init; }

    public int Threads { get; init; }

    public string? Report { get; init; }

    public bool IsPlan { get; init; }
}
