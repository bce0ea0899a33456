namespace Pare.Models;

/// <summary>The non-linearity of a feed-forward network.</summary>
public enum ActivationKind
{
    /// <summary>x · sigmoid(x).</summary>
    Silu,
    /// <summary>x · Φ(x) with the exact normal distribution function.</summary>
    Gelu,
    /// <summary>GELU by its tanh approximation: x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))).</summary>
    GeluTanh,
    /// <summary>max(x, 0).</summary>
    Relu,
}
