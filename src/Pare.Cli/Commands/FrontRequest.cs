namespace Pare.Cli.Commands;

/// <summary>What <c>pare front</c> was asked to do.</summary>
internal sealed record FrontRequest
{
    public required string Study { get; init; }

    public required string Objectives { get; init; }

    public IReadOnlyList<string> Constraints { get; init; } = [];

    /// <summary>Text that the front is measured on again.</summary>
    public string? Text { get; init; }

    /// <summary>Whether decoding is measured with the written models.</summary>
    public bool IsConfirmed { get; init; }

    public string? Model { get; init; }

    public string? Report { get; init; }

    /// <summary>File that receives all candidates.</summary>
    public string? Candidates { get; init; }

    public int Threads { get; init; }
}
