using Pare.Models;

namespace Pare.Calibration;

/// <summary>What <see cref="ActivityAnalyzer"/> looks at.</summary>
public sealed record ActivityOptions
{
    /// <summary>The site whose pattern is compared; null takes the activated gate, and of networks without a gate the neurons.</summary>
    public ActivationSite? Site { get; init; }

    /// <summary>Share of a block's activations at the site that count as inactive, the smallest over all tokens, at least 0 and below 1; zeros are inactive at any level.</summary>
    public double Level { get; init; } = 0.5;

    /// <summary>Shares of the tokens of each window that are changed to see how its patterns change, above 0 and at most 1; empty for none. Each takes one more run over all windows.</summary>
    public IReadOnlyList<double> ChangedShares { get; init; } = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3];

    /// <summary>Seed of the pairs of tokens and of the changes.</summary>
    public int Seed { get; init; }

    internal void Check()
    {
        if (Level is not (>= 0 and < 1)) throw new ArgumentException($"the level {Level} is no share of at least 0 and below 1; 0.5 takes the smaller half for inactive");
        foreach (var share in ChangedShares)
            if (share is not (> 0 and <= 1)) throw new ArgumentException($"{share} is no share of tokens to change; give shares above 0 and at most 1, such as 0.1");
    }
}
