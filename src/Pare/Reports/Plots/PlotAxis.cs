namespace Pare.Reports.Plots;

/// <summary>An axis of a plot.</summary>
/// <param name="Label">What it measures, with the unit in brackets.</param>
public sealed record PlotAxis(string Label)
{
    /// <summary>Whether distances are ratios; values that are not positive are then left out.</summary>
    public bool Logarithmic { get; init; }

    /// <summary>Whether only whole numbers are marked (an index, a count).</summary>
    public bool WholeNumbers { get; init; }

    /// <summary>Whether the axis is made to hold zero.</summary>
    public bool FromZero { get; init; }

    /// <summary>First value shown; null takes it from the data.</summary>
    public double? Minimum { get; init; }

    /// <summary>Last value shown; null takes it from the data.</summary>
    public double? Maximum { get; init; }
}
