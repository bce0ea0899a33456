namespace Pare.Search;

/// <summary>A candidate and what was measured of it.</summary>
public sealed record EvaluatedCandidate
{
    /// <summary>The candidate.</summary>
    public required Candidate Candidate { get; init; }

    /// <summary>One number an objective, all to be minimised; +∞ throughout where the evaluation failed.</summary>
    public required IReadOnlyList<double> Objectives { get; init; }

    /// <summary>By how much constraints are missed, summed; 0 where all are met. Of two candidates the one that misses less is better, whatever its objectives.</summary>
    public double Violation { get; init; }

    /// <summary>Why there is no measurement; null where there is one.</summary>
    public string? Failure { get; init; }

    /// <summary>Whether the candidate was measured and meets all constraints.</summary>
    public bool IsFeasible => Failure is null && Violation <= 0;

    /// <summary>A candidate whose evaluation failed: worse than any other.</summary>
    /// <param name="candidate">The candidate.</param>
    /// <param name="objectives">Number of objectives.</param>
    /// <param name="reason">Why.</param>
    /// <returns>The record.</returns>
    public static EvaluatedCandidate Failed(Candidate candidate, int objectives, string reason) => new()
    {
        Candidate = candidate,
        Objectives = [.. Enumerable.Repeat(double.PositiveInfinity, objectives)],
        Violation = double.PositiveInfinity,
        Failure = reason,
    };
}
