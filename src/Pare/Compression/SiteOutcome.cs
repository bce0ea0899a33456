namespace Pare.Compression;

/// <summary>What a pass did to a linear site, judged by the inputs that it was calibrated on.</summary>
/// <param name="Sparsity">Share of the weights that are zero.</param>
/// <param name="OutputError">‖(Ŵ − W)·X‖ / ‖W·X‖ over the calibration tokens (Frobenius), or null where it is not known.</param>
/// <param name="Damping">Share of the mean diagonal that had to be added to the second moments, or null.</param>
/// <param name="IsDampingEscalated">Whether that is more than was asked for.</param>
public sealed record SiteOutcome(double Sparsity, double? OutputError, double? Damping, bool IsDampingEscalated = false)
{
    /// <summary>Neighbours that share a scale, where a pass chose how many for the site; else null.</summary>
    public int? Group { get; init; }
}
