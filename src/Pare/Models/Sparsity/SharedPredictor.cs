namespace Pare.Models;

/// <summary>The part that the predictors of all blocks behind the first share: h = max(0, A·x / rms(x) + a), x being the residual stream behind the first block and rms(x) = √(Σ x² / n + 10⁻⁶). A block's groups of neurons are predicted where B·h + c is above 0.</summary>
/// <remarks>The single predictor of ShadowLLM (Akhauri et al. 2024, arXiv 2406.16635): one hidden layer over the first block's hidden states; here for groups of neurons, without its gradient-informed criteria, and not for the first block.</remarks>
public sealed class SharedPredictor
{
    /// <summary>Added to the mean square of x.</summary>
    internal const float Epsilon = 1e-6f;

    private readonly Half[] _first;
    private readonly float[] _bias;

    /// <summary>Takes the map.</summary>
    /// <param name="first">A, [width, inputs].</param>
    /// <param name="bias">a, [width].</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other.</exception>
    public SharedPredictor(ReadOnlySpan<Half> first, ReadOnlySpan<float> bias)
    {
        if (bias.IsEmpty || first.IsEmpty || first.Length % bias.Length != 0) throw new ArgumentException($"a map of {first.Length} numbers does not fit {bias.Length} rows", nameof(first));
        (_first, _bias) = (first.ToArray(), bias.ToArray());
    }

    /// <summary>Channels of x.</summary>
    public int Inputs => _first.Length / Rank;

    /// <summary>Width of h.</summary>
    public int Rank => _bias.Length;

    internal ReadOnlySpan<Half> First => _first;

    internal ReadOnlySpan<float> Bias => _bias;
}
