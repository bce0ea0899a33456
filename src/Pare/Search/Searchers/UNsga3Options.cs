namespace Pare.Search;

/// <summary>Options of <see cref="UNsga3"/>.</summary>
public sealed record UNsga3Options
{
    /// <summary>Directions to search along, on the unit simplex.</summary>
    public required IReadOnlyList<double[]> Directions { get; init; }

    /// <summary>Members of a generation; null: as many as directions, rounded up to a multiple of four.</summary>
    public int? Population { get; init; }

    /// <summary>How children are made.</summary>
    public VariationOptions Variation { get; init; } = new() { CrossoverProbability = 1, CrossoverEta = 30 };

    /// <summary>Candidates that the first generation starts with; random ones fill the rest.</summary>
    public IReadOnlyList<Candidate> Initial { get; init; } = [];
}
