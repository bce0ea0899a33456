using Pare.Models;

namespace Pare.Compression;

/// <summary>What a compression wrote.</summary>
public sealed record CompressionReport
{
    /// <summary>The model folder.</summary>
    public required string Path { get; init; }

    /// <summary>Parameters, elements and bytes by format, largest first.</summary>
    public required IReadOnlyList<FormatShare> Formats { get; init; }

    /// <summary>Every parameter that changed, in the order of the model.</summary>
    public required IReadOnlyList<CompressedParameter> Parameters { get; init; }

    /// <summary>Parameters stored in another format than was asked for.</summary>
    public required IReadOnlyList<FormatFallback> Fallbacks { get; init; }

    /// <summary>The shots of the Surgeon; empty where it was not asked for. Only the last one lists its sites.</summary>
    public IReadOnlyList<SurgeonStep> Shots { get; init; } = [];

    /// <summary>The activation thresholds that the model carries, or null.</summary>
    public ActivationSparsity? ActivationSparsity { get; init; }

    /// <summary>What a pass over the whole model did, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Seconds that it took.</summary>
    public required double Seconds { get; init; }

    /// <summary>Bytes of all weights, scales included.</summary>
    public long WeightBytes => Formats.Sum(share => share.Bytes);

    /// <summary>Bits of all weights, scales included, over their number.</summary>
    public double BitsPerWeight => 8.0 * WeightBytes / Formats.Sum(share => share.Elements);
}
