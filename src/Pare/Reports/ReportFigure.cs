namespace Pare.Reports;

/// <summary>A single result that a page shows large.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Value">The figure as text, with its unit.</param>
/// <param name="Note">What it is to be compared with, its error or its conditions; may be empty.</param>
public sealed record ReportFigure(string Name, string Value, string Note = "");
