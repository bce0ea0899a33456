using System.Text;
using Pare.Reports;

namespace Pare.Cli.Output;

/// <summary>Writes a table as aligned text, two blanks between columns.</summary>
internal static class TextTable
{
    public static void Write(ReportTable table, TextWriter output)
    {
        var widths = table.Columns.Select((column, i) => Math.Max(Width(column.Name), table.Rows.Select(row => Width(row[i])).DefaultIfEmpty().Max())).ToArray();
        if (table.Caption.Length > 0) output.WriteLine(table.Caption);
        if (table.Columns.Any(column => column.Name.Length > 0)) WriteRow(table, table.Columns.Select(column => column.Name).ToArray(), widths, output);
        foreach (var row in table.Rows) WriteRow(table, row, widths, output);
    }

    private static void WriteRow(ReportTable table, IReadOnlyList<string> cells, int[] widths, TextWriter output)
    {
        var line = new StringBuilder();
        for (var i = 0; i < cells.Count; i++)
        {
            var padding = new string(' ', widths[i] - Width(cells[i]));
            if (i > 0) line.Append("  ");
            line.Append(table.Columns[i].IsNumeric ? padding + cells[i] : cells[i] + padding);
        }

        output.WriteLine(line.ToString().TrimEnd());
    }

    private static int Width(string text) => text.EnumerateRunes().Count();
}
