namespace Pare.Search;

/// <summary>Options of <see cref="Nsga2"/>.</summary>
public sealed record Nsga2Options
{
    /// <summary>Members of a generation, at least 4.</summary>
    public int Population { get; init; } = 50;

    /// <summary>How children are made.</summary>
    public VariationOptions Variation { get; init; } = new();

    /// <summary>Candidates that the first generation starts with; random ones fill the rest.</summary>
    public IReadOnlyList<Candidate> Initial { get; init; } = [];
}
