using Pare.Evaluation;
using Pare.Runtime;

namespace Pare.Cli.Commands;

/// <summary>What <c>pare sweep</c> was asked to do.</summary>
internal sealed record SweepRequest
{
    public required string Path { get; init; }

    public required string Grid { get; init; }

    public required string Study { get; init; }

    /// <summary>Texts that perplexity is measured on.</summary>
    public required IReadOnlyList<string> Texts { get; init; }

    public required TextProtocol Protocol { get; init; }

    public int? Window { get; init; }

    public int? Windows { get; init; }

    public required EngineOptions Engine { get; init; }

    public int Prompt { get; init; }

    public int Generate { get; init; }

    public int Repetitions { get; init; }

    public string? Report { get; init; }
}
