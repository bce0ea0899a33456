namespace Pare.Cli.Commands;

/// <summary>What <c>pare pick</c> was asked to do.</summary>
internal sealed record PickRequest
{
    public required string Study { get; init; }

    public required string Output { get; init; }

    /// <summary>A row by its number; null takes the best.</summary>
    public int? Number { get; init; }

    public IReadOnlyList<string> Constraints { get; init; } = [];

    public required string Objective { get; init; }

    /// <summary>Text that what is written is measured on.</summary>
    public string? Text { get; init; }

    public string? Model { get; init; }

    public bool Force { get; init; }

    public int Threads { get; init; }
}
