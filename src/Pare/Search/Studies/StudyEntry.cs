namespace Pare.Search;

/// <summary>A row of a study: a candidate that was evaluated.</summary>
public sealed record StudyEntry
{
    /// <summary>Number of the row, in the order in which evaluations ended, from 1; 0 before it is stored.</summary>
    public long Number { get; init; }

    /// <summary>The candidate.</summary>
    public required Candidate Candidate { get; init; }

    /// <summary>Measured value of each metric, finite; empty where the evaluation failed.</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }

    /// <summary>Why there is no measurement; null where there is one.</summary>
    public string? Failure { get; init; }

    /// <summary>The searcher that proposed it.</summary>
    public required string Searcher { get; init; }

    /// <summary>Seed of the search that proposed it.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Seconds that the evaluation took.</summary>
    public required double Seconds { get; init; }

    /// <summary>When the evaluation ended, UTC.</summary>
    public DateTime Finished { get; init; }

    /// <summary>The candidate as a searcher wants it.</summary>
    /// <param name="objectives">What is minimised or maximised.</param>
    /// <param name="constraints">What has to be kept.</param>
    /// <returns>The record.</returns>
    public EvaluatedCandidate Evaluate(IReadOnlyList<Objective> objectives, IReadOnlyList<Constraint> constraints)
    {
        ArgumentNullException.ThrowIfNull(objectives);
        ArgumentNullException.ThrowIfNull(constraints);
        if (Failure is not null) return EvaluatedCandidate.Failed(Candidate, objectives.Count, Failure);
        return new EvaluatedCandidate
        {
            Candidate = Candidate,
            Objectives = [.. objectives.Select(objective => objective.Cost(Metrics[objective.Metric]))],
            Violation = constraints.Sum(constraint => constraint.Violation(Metrics[constraint.Metric])),
        };
    }
}
