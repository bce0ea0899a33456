using Pare.Search;
using Pare.Training;

namespace Pare.Cli.Commands;

/// <summary>What <c>pare search</c> was asked to do.</summary>
internal sealed record SearchRequest
{
    public required string Path { get; init; }

    /// <summary>Text that candidates are measured on.</summary>
    public required string Text { get; init; }

    /// <summary>Text that importance is scored on; null for an unsorted order.</summary>
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

    /// <summary>What is scored of neurons; null keeps the order of the model.</summary>
    public NeuronMeasure? Order { get; init; }

    public bool SharesOrder { get; init; }

    /// <summary>Whether layers rank by the loss without them rather than by block influence.</summary>
    public bool RanksByLoss { get; init; }

    public required SpaceRequest Space { get; init; }

    public string? Report { get; init; }

    public int Threads { get; init; }
}
