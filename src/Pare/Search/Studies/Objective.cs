namespace Pare.Search;

/// <summary>A metric that a search makes small or large.</summary>
/// <param name="Metric">Name of the metric, such as <c>perplexity</c> or <c>parameters</c>.</param>
/// <param name="Maximize">Whether more is better.</param>
public sealed record Objective(string Metric, bool Maximize = false)
{
    /// <summary>The number to be minimised: the value itself, or its negative where more is better.</summary>
    /// <param name="value">Measured value.</param>
    /// <returns>The cost.</returns>
    public double Cost(double value) => Maximize ? -value : value;
}
