namespace Pare.Calibration;

/// <summary>The patterns of active neurons of a block: which neurons are active at which token. A neuron is active where its activation is not zero and |x| ≥ <see cref="Threshold"/>.</summary>
public sealed record BlockPatterns
{
    /// <summary>Index of the block.</summary>
    public required int Block { get; init; }

    /// <summary>Neurons.</summary>
    public required int Neurons { get; init; }

    /// <summary>The size that the level's share of the block's activations is below, to within 1.6 %.</summary>
    public required double Threshold { get; init; }

    /// <summary>Mean share of neurons that are active at a token.</summary>
    public required double Active { get; init; }

    /// <summary>The share at the token with fewest.</summary>
    public required double LeastActive { get; init; }

    /// <summary>The share at the token with most.</summary>
    public required double MostActive { get; init; }

    /// <summary>Share of neurons that are active at no token of the text.</summary>
    public required double NeverActive { get; init; }

    /// <summary>Share of neurons that are active at nine of ten tokens or more.</summary>
    public required double UsuallyActive { get; init; }

    /// <summary>Tokens of one window at a distance, by distance.</summary>
    public required IReadOnlyList<DistantPatterns> Distances { get; init; }

    /// <summary>Random tokens of different windows; null where there is one window only.</summary>
    public PatternSimilarity? Unrelated { get; init; }

    /// <summary>The same token and the same indices of neurons in the block before, whose neurons are others; null where that has not as many neurons.</summary>
    public PatternSimilarity? BlockBefore { get; init; }

    /// <summary>The same positions after some tokens were changed, by the share changed.</summary>
    public required IReadOnlyList<ChangedPatterns> Changes { get; init; }
}
