using Pare.Models;

namespace Pare.Training;

/// <summary>Input and output gradient of a linear site over the tokens of a batch. dW = outputGradientᵀ · input.</summary>
/// <param name="site">The site.</param>
/// <param name="input">[tokens, columns]: what the site read.</param>
/// <param name="outputGradient">[tokens, rows]: derivative of the loss with respect to what it gave.</param>
/// <param name="tokens">Number of tokens.</param>
public readonly unsafe struct SiteGradients(LinearSite site, float* input, float* outputGradient, int tokens)
{
    /// <summary>The site.</summary>
    public LinearSite Site { get; } = site;

    /// <summary>[tokens, columns].</summary>
    public float* Input { get; } = input;

    /// <summary>[tokens, rows].</summary>
    public float* OutputGradient { get; } = outputGradient;

    /// <summary>Number of tokens.</summary>
    public int Tokens { get; } = tokens;
}
