namespace Pare.Models;

/// <summary>How activations are normalised.</summary>
public enum NormKind
{
    /// <summary>x / sqrt(mean(x²) + ε) · w (Zhang and Sennrich 2019, arXiv 1910.07467).</summary>
    RmsNorm,
    /// <summary>(x − mean) / sqrt(variance + ε) · w + b (Ba et al. 2016, arXiv 1607.06450).</summary>
    LayerNorm,
}
