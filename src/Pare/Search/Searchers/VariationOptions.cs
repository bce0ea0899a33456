namespace Pare.Search;

/// <summary>How children are made from parents.</summary>
public sealed record VariationOptions
{
    /// <summary>Share of pairs that are crossed at all, in [0, 1].</summary>
    public double CrossoverProbability { get; init; } = 0.9;

    /// <summary>η of simulated binary crossover: the larger, the nearer children stay to their parents.</summary>
    public double CrossoverEta { get; init; } = 15;

    /// <summary>Share of children that are mutated at all, in [0, 1].</summary>
    public double MutationProbability { get; init; } = 0.9;

    /// <summary>Chance that a gene of such a child changes; null: one over the number of dimensions, at most ½.</summary>
    public double? GeneMutationProbability { get; init; }

    /// <summary>η of polynomial mutation: the larger, the smaller the steps.</summary>
    public double MutationEta { get; init; } = 20;
}
