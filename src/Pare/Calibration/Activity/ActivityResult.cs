using Pare.Evaluation;

namespace Pare.Calibration;

/// <summary>A model's activations over a text: how sparse they are by themselves, how they are distributed, and how alike the patterns of active neurons are across tokens, blocks and inputs.</summary>
public sealed record ActivityResult
{
    /// <summary>Every site of every block, in the order of the forward pass.</summary>
    public required IReadOnlyList<SiteDistribution> Distributions { get; init; }

    /// <summary>The site whose patterns were compared, such as <c>act</c>.</summary>
    public required string PatternSite { get; init; }

    /// <summary>Share of its activations that count as inactive.</summary>
    public required double Level { get; init; }

    /// <summary>Patterns of the blocks that have a feed-forward network.</summary>
    public required IReadOnlyList<BlockPatterns> Patterns { get; init; }

    /// <summary>
    /// [blocks of <see cref="Patterns"/>, the same]: Pearson correlation, over random pairs of tokens of different windows, of the pair's Jaccard index in one block with that in another;
    /// by chance 0. Null where there is one window only, or where a block's index does not vary.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<double?>>? BlockCorrelations { get; init; }

    /// <summary>How it was measured.</summary>
    public required Protocol Protocol { get; init; }
}
