using System.Text;

namespace Pare.Reports;

/// <summary>Writes a <see cref="ReportTable"/> as a Markdown table (GitHub's form), padded so that the source reads well too.</summary>
public static class MarkdownTable
{
    /// <summary>The table as Markdown; a caption becomes a line of its own before it.</summary>
    /// <param name="table">The table.</param>
    /// <returns>Text that ends with a line feed.</returns>
    public static string Write(ReportTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        var columns = table.Columns.Count;
        var cells = new List<string[]> { table.Columns.Select(column => Escape(column.Name)).ToArray() };
        cells.AddRange(table.Rows.Select(row => row.Select(Escape).ToArray()));
        var widths = new int[columns];
        for (var i = 0; i < columns; i++) widths[i] = Math.Max(3, cells.Max(row => row[i].Length));

        var text = new StringBuilder();
        if (table.Caption.Length > 0) text.Append(Escape(table.Caption)).Append("\n\n");
        AppendRow(text, table, cells[0], widths);
        for (var i = 0; i < columns; i++)
        {
            text.Append(i == 0 ? "|" : "").Append(table.Columns[i].IsNumeric ? new string('-', widths[i] + 1) + ":" : new string('-', widths[i] + 2)).Append('|');
        }

        text.Append('\n');
        foreach (var row in cells.Skip(1)) AppendRow(text, table, row, widths);
        return text.ToString();
    }

    private static void AppendRow(StringBuilder text, ReportTable table, string[] row, int[] widths)
    {
        for (var i = 0; i < row.Length; i++)
        {
            text.Append(i == 0 ? "| " : " ").Append(table.Columns[i].IsNumeric ? row[i].PadLeft(widths[i]) : row[i].PadRight(widths[i])).Append(" |");
        }

        text.Append('\n');
    }

    private static string Escape(string cell)
    {
        var text = new StringBuilder(cell.Length);
        foreach (var character in cell)
        {
            switch (character)
            {
                case '\\' or '|' or '`' or '*' or '_' or '<' or '[': text.Append('\\').Append(character); break;
                case '\n' or '\r' or '\t': text.Append(' '); break;
                default: text.Append(character); break;
            }
        }

        return text.ToString();
    }
}
