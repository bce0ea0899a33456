namespace Pare.Compression;

/// <summary>A shot that is done.</summary>
public sealed record SurgeonStep
{
    /// <summary>Number of the shot, from 1.</summary>
    public required int Shot { get; init; }

    /// <summary>Share of zeros that was wanted.</summary>
    public required double Target { get; init; }

    /// <summary>Share of zeros that was reached.</summary>
    public required double Sparsity { get; init; }

    /// <summary>The largest cost at which something was removed.</summary>
    public required double Threshold { get; init; }

    /// <summary>Factor of both dampings.</summary>
    public required double Damping { get; init; }

    /// <summary>Perplexity on the held-out windows before the first shot, or after the shot before.</summary>
    public required double PerplexityBefore { get; init; }

    /// <summary>Perplexity on the held-out windows after the shot, before its low-rank correction.</summary>
    public required double PerplexityPruned { get; init; }

    /// <summary>Perplexity on the held-out windows after the shot and its correction.</summary>
    public required double Perplexity { get; init; }

    /// <summary>Seconds that the shot took.</summary>
    public required double Seconds { get; init; }

    /// <summary>What is left of each site.</summary>
    public required IReadOnlyList<SiteWidth> Sites { get; init; }
}
