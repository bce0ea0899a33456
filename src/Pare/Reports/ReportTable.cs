namespace Pare.Reports;

/// <summary>A table of a report: the same cells become HTML, Markdown and terminal output.</summary>
public sealed class ReportTable
{
    private readonly List<string[]> _rows = [];

    /// <summary>Creates a table without rows.</summary>
    /// <param name="caption">What the table shows, or empty.</param>
    /// <param name="columns">Its columns, at least one.</param>
    /// <exception cref="ArgumentException">There is no column.</exception>
    public ReportTable(string caption, params ReadOnlySpan<ReportColumn> columns)
    {
        ArgumentNullException.ThrowIfNull(caption);
        if (columns.IsEmpty) throw new ArgumentException("a table needs at least one column", nameof(columns));
        Caption = caption;
        Columns = columns.ToArray();
    }

    /// <summary>What the table shows; may be empty.</summary>
    public string Caption { get; }

    /// <summary>The columns.</summary>
    public IReadOnlyList<ReportColumn> Columns { get; }

    /// <summary>The rows, each with one text per column.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Rows => _rows;

    /// <summary>Adds a row.</summary>
    /// <param name="cells">One text per column; null where the figure could not be measured, shown as a dash.</param>
    /// <returns>This table.</returns>
    /// <exception cref="ArgumentException">The number of cells is not that of the columns.</exception>
    public ReportTable Add(params ReadOnlySpan<string?> cells)
    {
        if (cells.Length != Columns.Count) throw new ArgumentException($"a row of {cells.Length} cells for {Columns.Count} columns", nameof(cells));
        var row = new string[cells.Length];
        for (var i = 0; i < row.Length; i++) row[i] = cells[i] ?? "–";
        _rows.Add(row);
        return this;
    }

    internal void WriteTo(MarkupWriter writer)
    {
        writer.Open("div", ("class", "scroll"));
        writer.Open("table");
        if (Caption.Length > 0) writer.Element("caption", Caption);
        writer.Open("thead");
        writer.Open("tr");
        foreach (var column in Columns) writer.Element("th", column.Name, ("scope", "col"), ("class", column.IsNumeric ? "number" : "text"));
        writer.Close();
        writer.Close();
        writer.Open("tbody");
        foreach (var row in _rows)
        {
            writer.Open("tr");
            for (var i = 0; i < row.Length; i++) writer.Element("td", row[i], ("class", Columns[i].IsNumeric ? "number" : "text"));
            writer.Close();
        }

        writer.Close();
        writer.Close();
        writer.Close();
    }
}
