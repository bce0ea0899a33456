using Pare.Models;

namespace Pare.Training;

/// <summary>A norm as training sees it: weight and bias, and where their gradients are added up.</summary>
internal sealed unsafe class NormParameters
{
    /// <summary>RMS norm or layer norm.</summary>
    public required NormKind Kind { get; init; }

    /// <summary>Channels that are normed together.</summary>
    public required int Length { get; init; }

    /// <summary>ε under the root.</summary>
    public required float Epsilon { get; init; }

    /// <summary>Added to every weight before use.</summary>
    public required float Offset { get; init; }

    /// <summary>[length] weight.</summary>
    public float* Weight { get; set; }

    /// <summary>Its gradient, or null.</summary>
    public float* WeightGradient { get; set; }

    /// <summary>[length] bias, or null.</summary>
    public float* Bias { get; set; }

    /// <summary>Its gradient, or null.</summary>
    public float* BiasGradient { get; set; }
}
