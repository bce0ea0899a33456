namespace Pare.Reports.Plots;

/// <summary>A dashed line that a plot's values are to be compared with.</summary>
/// <param name="Label">What it stands for.</param>
/// <param name="Value">Where it lies.</param>
/// <param name="Vertical">Whether <paramref name="Value"/> is a position on the x axis.</param>
public sealed record PlotReference(string Label, double Value, bool Vertical = false);
