namespace Pare.Search;

/// <summary>Options of <see cref="Linas"/>.</summary>
public sealed record LinasOptions
{
    /// <summary>Candidates measured each round, at least 4 (published: 50).</summary>
    public int Population { get; init; } = 50;

    /// <summary>Predicted candidates of the search inside each round (published: 20000).</summary>
    public int PredictedEvaluations { get; init; } = 20000;

    /// <summary>Candidates that the first round starts with, such as the whole model; random ones fill the rest.</summary>
    public IReadOnlyList<Candidate> Initial { get; init; } = [];

    /// <summary>How children are made inside; published: 2 % of the genes change.</summary>
    public VariationOptions Variation { get; init; } = new() { MutationProbability = 1, GeneMutationProbability = 0.02 };

    /// <summary>Objectives that are computed rather than predicted, such as a count of parameters: index and function. They cost nothing to get right.</summary>
    public IReadOnlyDictionary<int, Func<Candidate, double>> Known { get; init; } = new Dictionary<int, Func<Candidate, double>>();
}
