namespace Pare.Calibration;

/// <summary>How alike patterns A and B of active neurons are, as means over pairs, beside what chance would give: means of what sets of the same sizes have that are drawn independently from all n neurons, with |A|·|B|/n neurons in common.</summary>
/// <remarks>Two empty patterns are alike (1 throughout); an empty one and another have a Jaccard index and an overlap of 0.</remarks>
public sealed record PatternSimilarity
{
    /// <summary>Pairs of patterns.</summary>
    public required long Pairs { get; init; }

    /// <summary>Jaccard index: |A ∩ B| / |A ∪ B|.</summary>
    public required double Jaccard { get; init; }

    /// <summary>Its value by chance.</summary>
    public required double JaccardByChance { get; init; }

    /// <summary>Overlap coefficient: |A ∩ B| / min(|A|, |B|).</summary>
    public required double Overlap { get; init; }

    /// <summary>Its value by chance.</summary>
    public required double OverlapByChance { get; init; }

    /// <summary>Share of the n neurons that are active in both or in neither.</summary>
    public required double Match { get; init; }

    /// <summary>Its value by chance.</summary>
    public required double MatchByChance { get; init; }
}
