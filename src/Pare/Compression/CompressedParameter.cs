using Pare.Formats;

namespace Pare.Compression;

/// <summary>What became of a parameter that a compression changed.</summary>
/// <param name="Name">Name of the parameter.</param>
/// <param name="Methods">The passes that changed it, in order.</param>
/// <param name="Format">The format stored.</param>
/// <param name="BitsPerWeight">Bits stored per element, scales included.</param>
/// <param name="RelativeError">‖stored − given‖ / ‖given‖ (Frobenius): what storing in the format changed of the values that the passes gave.</param>
public sealed record CompressedParameter(string Name, IReadOnlyList<string> Methods, ElementType Format, double BitsPerWeight, double RelativeError)
{
    /// <summary>Share of the weights that are zero, or null where no pass removed weights or chose them by their inputs.</summary>
    public double? Sparsity { get; init; }

    /// <summary>‖(Ŵ − W)·X‖ / ‖W·X‖ over the calibration tokens (Frobenius), or null where no pass looked at them.</summary>
    public double? OutputError { get; init; }

    /// <summary>Share of the mean diagonal that had to be added to the second moments, or null.</summary>
    public double? Damping { get; init; }

    /// <summary>Whether that is more than was asked for.</summary>
    public bool IsDampingEscalated { get; init; }

    /// <summary>Neighbours that share a scale, where a pass chose how many for the site; else null.</summary>
    public int? Group { get; init; }
}
