using System.Text;

namespace Pare.Evaluation.Tasks;

/// <summary>A text with fields in braces: <c>{name}</c>; <c>{{</c> and <c>}}</c> stand for the braces themselves.</summary>
internal sealed class TaskTemplate
{
    private readonly List<(string Text, bool IsField)> _parts = [];

    /// <exception cref="FormatException">A brace has no partner, or a field no name.</exception>
    public TaskTemplate(string source)
    {
        var literal = new StringBuilder();
        for (var i = 0; i < source.Length; i++)
        {
            if (source[i] is not ('{' or '}'))
            {
                literal.Append(source[i]);
            }
            else if (i + 1 < source.Length && source[i + 1] == source[i])
            {
                literal.Append(source[i++]);
            }
            else
            {
                var end = source[i] == '{' ? source.IndexOf('}', i) : -1;
                if (end <= i + 1) throw new FormatException($"the template '{source}' has a brace without partner at character {i + 1}; write a field as {{name}} and a brace as two");
                if (literal.Length > 0) _parts.Add((literal.ToString(), false));
                literal.Clear();
                _parts.Add((source[(i + 1)..end].Trim(), true));
                i = end;
            }
        }

        if (literal.Length > 0) _parts.Add((literal.ToString(), false));
    }

    /// <summary>The text with a record's values.</summary>
    public string Fill(JsonRecord record)
    {
        var text = new StringBuilder();
        foreach (var (part, isField) in _parts) text.Append(isField ? record.TextOrNumber(part) : part);
        return text.ToString();
    }
}
