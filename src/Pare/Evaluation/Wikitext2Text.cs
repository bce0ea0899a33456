using System.Text;

namespace Pare.Evaluation;

/// <summary>The text of protocol <c>wikitext2</c>.</summary>
public static class Wikitext2Text
{
    /// <summary>Joins the rows of <c>wiki.test.raw</c> as the data set's rows are joined in the papers.</summary>
    /// <param name="text">Content of the file. A row is a line; one that is blank after trimming is the empty row, any other keeps its line feed.</param>
    /// <returns>All rows joined with two line feeds, empty ones included.</returns>
    public static string Join(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var joined = new StringBuilder(text.Length + text.Length / 64);
        var rest = text.AsSpan();
        var first = true;
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf('\n');
            var row = end < 0 ? rest : rest[..(end + 1)];
            rest = rest[row.Length..];
            if (!first) joined.Append("\n\n");
            first = false;
            if (!row.IsWhiteSpace()) joined.Append(row);
        }

        return joined.ToString();
    }
}
