namespace Pare.Evaluation;

/// <summary>How far a model's predictions are from those of another (the reference, usually the original of a compressed model).</summary>
public sealed record ComparisonResult
{
    /// <summary>Mean over the predicted tokens of KL(reference ‖ model) in nats.</summary>
    public required double MeanKlDivergence { get; init; }

    /// <summary>Standard error of <see cref="MeanKlDivergence"/>, from the spread of the windows' means; null for one window.</summary>
    public double? KlDivergenceStandardError { get; init; }

    /// <summary>Median over the predicted tokens.</summary>
    public required double MedianKlDivergence { get; init; }

    /// <summary>99th percentile over the predicted tokens.</summary>
    public required double Percentile99KlDivergence { get; init; }

    /// <summary>Largest of the predicted tokens.</summary>
    public required double MaxKlDivergence { get; init; }

    /// <summary>Share of positions at which both find the same token most likely.</summary>
    public required double TopOneAgreement { get; init; }

    /// <summary>Perplexity of the model.</summary>
    public required double Perplexity { get; init; }

    /// <summary>Perplexity of the reference over the same windows.</summary>
    public required double ReferencePerplexity { get; init; }

    /// <summary>Perplexity over the reference's, minus 1: 0.05 is 5 % worse.</summary>
    public required double PerplexityChange { get; init; }

    /// <summary>Standard error of the difference of the mean negative log-likelihoods, paired by window; null for one window.</summary>
    public double? LogPerplexityDifferenceStandardError { get; init; }

    /// <summary>Mean negative log-likelihood of the model over every window, in order.</summary>
    internal IReadOnlyList<double> WindowMeans { get; init; } = [];

    /// <summary>Predicted tokens.</summary>
    public required long Tokens { get; init; }

    /// <summary>Number of windows.</summary>
    public required int Windows { get; init; }

    /// <summary>How many tokens have a divergence in which range.</summary>
    public required IReadOnlyList<DivergenceRange> Histogram { get; init; }

    /// <summary>Seconds for both models.</summary>
    public required double Seconds { get; init; }

    /// <summary>How it was measured.</summary>
    public required Protocol Protocol { get; init; }
}

