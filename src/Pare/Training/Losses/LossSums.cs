namespace Pare.Training;

/// <summary>Losses summed over predicted tokens, in nats.</summary>
/// <param name="Tokens">Predicted tokens.</param>
/// <param name="CrossEntropy">Σ −ln p(token).</param>
/// <param name="Distance">Σ of the distance to the teacher; 0 without one.</param>
public readonly record struct LossSums(long Tokens, double CrossEntropy, double Distance)
{
    /// <summary>Mean cross-entropy in nats per token.</summary>
    public double MeanCrossEntropy => CrossEntropy / Tokens;

    /// <summary>Mean distance to the teacher.</summary>
    public double MeanDistance => Distance / Tokens;

    /// <summary>The loss that the options describe, as a mean over the tokens.</summary>
    /// <param name="options">The weights.</param>
    /// <returns>Weighted mean in nats per token.</returns>
    public double Mean(LossOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return (options.CrossEntropyWeight * CrossEntropy + options.DistillationWeight * Distance) / Tokens;
    }

    /// <summary>Both together.</summary>
    /// <param name="a">Some.</param>
    /// <param name="b">Others.</param>
    /// <returns>The sums over both.</returns>
    public static LossSums operator +(LossSums a, LossSums b) => Add(a, b);

    /// <summary>Both together.</summary>
    /// <param name="left">Some.</param>
    /// <param name="right">Others.</param>
    /// <returns>The sums over both.</returns>
    public static LossSums Add(LossSums left, LossSums right) => new(left.Tokens + right.Tokens, left.CrossEntropy + right.CrossEntropy, left.Distance + right.Distance);
}
