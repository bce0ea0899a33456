namespace Pare.Search;

/// <summary>Options of <see cref="BayesianSearch"/>.</summary>
public sealed record BayesianOptions
{
    /// <summary>Random candidates before the first model, at least 2.</summary>
    public int Start { get; init; } = 20;

    /// <summary>Candidates a batch afterwards, at least 1.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>How several objectives become one.</summary>
    public Scalarization Scalarization { get; init; } = Scalarization.RandomChebyshev;

    /// <summary>Random candidates of which the most promising is taken, and as many neighbours of the front; at least 1.</summary>
    public int Pool { get; init; } = 500;

    /// <summary>Latest measurements, beside the front, that the model sees; bounds the time of a step.</summary>
    public int Memory { get; init; } = 400;
}
