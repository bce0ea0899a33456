namespace Pare.Reports;

/// <summary>A column of a <see cref="ReportTable"/>.</summary>
/// <param name="Name">Heading, with the unit where there is one.</param>
/// <param name="IsNumeric">Whether cells are set flush right, as numbers are.</param>
public sealed record ReportColumn(string Name, bool IsNumeric = true);
