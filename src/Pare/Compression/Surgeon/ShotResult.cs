namespace Pare.Compression;

/// <summary>What a shot left.</summary>
public sealed record ShotResult
{
    /// <summary>The largest cost at which something was removed.</summary>
    public required double Threshold { get; init; }

    /// <summary>Factor of the dampings that was used.</summary>
    public required double Damping { get; init; }

    /// <summary>Every pruned site.</summary>
    public required IReadOnlyList<SiteWidth> Sites { get; init; }

    /// <summary>Share of zeros of the weights of all pruned sites.</summary>
    public double Sparsity => (double)Sites.Sum(site => site.Zeros) / Sites.Sum(site => (long)site.Rows * site.Columns);
}
