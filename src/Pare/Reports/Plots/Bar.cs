namespace Pare.Reports.Plots;

/// <summary>A bar of a <see cref="BarPlot"/>.</summary>
/// <param name="Value">Its length on the axis.</param>
/// <param name="Text">Text at its end; empty for none.</param>
/// <param name="Error">Half the width of its error bar, or null for none.</param>
public sealed record Bar(double Value, string Text = "", double? Error = null);
