using Pare.Search;

namespace Pare.Cli.Commands;

/// <summary>What <c>pare search</c> was asked to do.</summary>
internal sealed record SearchRequest
{
    public required string Path { get; init; }

    /// <summary>Text that candidates are measured on.</summary>
    public required string Text { get; init; }

    /// <summary>Text that importance is scored on; null takes <see cref="Text"/>.</summary>
    public string? Data { get; init; }

    public required string Study { get; init; }

    public required IReadOnlyList<Objective> Objectives { get; init; }

    public IReadOnlyList<string> Constraints { get; init; } = [];

    public int Evaluations { get; init; }

    public ulong Seed { get; init; }

    public required string Searcher { get; init; }

    public int Population { get; init; }

    public int? Window { get; init; }

    public int Windows { get; init; }

    public int CalibrationWindows { get; init; }

    public required OrderRequest Order { get; init; }

    public required SpaceRequest Space { get; init; }

    public required PassRequest Passes { get; init; }

    /// <summary>What accuracy is measured on.</summary>
    public required TaskRequest Tasks { get; init; }

    /// <summary>Rate at which candidates may wrongly be stopped as hopeless; null stops none.</summary>
    public double? StopHopeless { get; init; }

    public string? Report { get; init; }

    public int Threads { get; init; }
}
