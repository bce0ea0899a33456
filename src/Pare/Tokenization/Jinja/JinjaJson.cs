using System.Globalization;
using System.Text;

namespace Pare.Tokenization.Jinja;

/// <summary>The filter <c>tojson</c>: as Python's <c>json.dumps</c> writes, without escapes for characters that are not ASCII.</summary>
internal static class JinjaJson
{
    private const int MostDepth = 50;

    /// <summary>Writes a value.</summary>
    /// <param name="run">The run, which counts the steps: one a value and one for every 16 characters.</param>
    /// <param name="value">The value.</param>
    /// <param name="indent">Blanks a level; null for one line.</param>
    public static string Write(JinjaRun run, object? value, int? indent)
    {
        var text = new StringBuilder();
        Write(run, value, indent, 0, text);
        return run.Made(text.ToString());
    }

    private static void Write(JinjaRun run, object? value, int? indent, int depth, StringBuilder text)
    {
        if (depth > MostDepth) throw run.Problem($"tojson was given a value nested more than {MostDepth} deep");
        run.Spend(1);
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case bool truth:
                text.Append(truth ? "true" : "false");
                break;
            case long number:
                text.Append(number.ToString(CultureInfo.InvariantCulture));
                break;
            case double number:
                text.Append(JinjaSpelling.Spell(number));
                break;
            case string content:
                Quote(run, content, text);
                break;
            case List<object?> items:
                WriteAll(run, '[', ']', items, (item, inner) => Write(run, item, indent, depth + 1, inner), indent, depth, text);
                break;
            case JinjaDictionary members:
                WriteAll(run, '{', '}', members.Items.ToList(), (member, inner) =>
                {
                    Quote(run, member.Key, inner);
                    inner.Append(": ");
                    Write(run, member.Value, indent, depth + 1, inner);
                }, indent, depth, text);
                break;
            default:
                throw run.Problem($"tojson cannot write {JinjaValue.KindOf(value)}");
        }
    }

    private static void WriteAll<T>(JinjaRun run, char open, char close, List<T> items, Action<T, StringBuilder> write, int? indent, int depth, StringBuilder text)
    {
        text.Append(open);
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0) text.Append(indent is null ? ", " : ",");
            NewLine(run, indent, depth + 1, text);
            write(items[i], text);
        }

        if (items.Count > 0) NewLine(run, indent, depth, text);
        text.Append(close);
    }

    private static void NewLine(JinjaRun run, int? indent, int depth, StringBuilder text)
    {
        if (indent is not { } blanks) return;
        run.Spend(1 + (blanks * depth / 16));
        text.Append('\n').Append(' ', blanks * depth);
    }

    private static void Quote(JinjaRun run, string content, StringBuilder text)
    {
        run.Spend(content.Length / 16);
        var start = text.Length;
        text.Append('"');
        foreach (var character in content)
        {
            _ = character switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                < ' ' => text.Append($"\\u{(int)character:x4}"),
                _ => text.Append(character),
            };
        }

        text.Append('"');
        run.Spend((text.Length - start - content.Length) / 16);
    }
}
