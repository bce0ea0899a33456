using System.Globalization;
using System.Text;

namespace Pare.Tokenization.Jinja;

/// <summary>How values are written as text: the way of Python's <c>str</c> and <c>repr</c>.</summary>
internal static class JinjaSpelling
{
    private const int MostDepth = 50;

    /// <summary>The value as text, the way Python's <c>str</c> writes it.</summary>
    /// <exception cref="ChatTemplateException">The value is nested too deep, or writing it takes too many steps.</exception>
    public static string ToText(JinjaRun run, object? value)
    {
        switch (value)
        {
            case string content:
                return content;
            case JinjaUndefined:
                return "";
            default:
                var text = new StringBuilder();
                Spell(run, value, 0, text);
                return text.ToString();
        }
    }

    /// <summary>The spelling of a number with a fraction: shortest that reads back, always with a point or an exponent.</summary>
    public static string Spell(double number)
    {
        if (double.IsNaN(number)) return "nan";
        if (double.IsInfinity(number)) return number > 0 ? "inf" : "-inf";
        var text = number.ToString(Math.Abs(number) is >= 1e16 or (< 1e-4 and > 0) ? "R" : "0.################", CultureInfo.InvariantCulture);
        if (double.Parse(text, CultureInfo.InvariantCulture) != number) text = number.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().IndexOfAny('.', 'E') < 0 ? text + ".0" : text.Replace("E", "e", StringComparison.Ordinal);
    }

    private static void Spell(JinjaRun run, object? value, int depth, StringBuilder text)
    {
        if (depth > MostDepth) throw run.Problem($"a value nested more than {MostDepth} deep is written");
        run.Spend(1);
        switch (value)
        {
            case null:
                text.Append("None");
                break;
            case bool truth:
                text.Append(truth ? "True" : "False");
                break;
            case long number:
                text.Append(number.ToString(CultureInfo.InvariantCulture));
                break;
            case double number:
                text.Append(Spell(number));
                break;
            case string content:
                Quote(run, content, text);
                break;
            case List<object?> items:
                SpellList(run, items, depth, text);
                break;
            case JinjaDictionary items:
                SpellDictionary(run, items, depth, text);
                break;
            case JinjaUndefined:
                text.Append("Undefined");
                break;
            case JinjaFunction function:
                text.Append("<function ").Append(function.Name).Append('>');
                break;
        }
    }

    private static void SpellList(JinjaRun run, List<object?> items, int depth, StringBuilder text)
    {
        text.Append('[');
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0) text.Append(", ");
            Spell(run, items[i], depth + 1, text);
        }

        text.Append(']');
    }

    private static void SpellDictionary(JinjaRun run, JinjaDictionary items, int depth, StringBuilder text)
    {
        text.Append('{');
        var isFirst = true;
        foreach (var (name, value) in items.Items)
        {
            if (!isFirst) text.Append(", ");
            isFirst = false;
            Quote(run, name, text);
            text.Append(": ");
            Spell(run, value, depth + 1, text);
        }

        text.Append('}');
    }

    private static void Quote(JinjaRun run, string content, StringBuilder text)
    {
        run.Spend(content.Length / 16);
        var start = text.Length;
        var quote = content.Contains('\'') && !content.Contains('"') ? '"' : '\'';
        text.Append(quote);
        foreach (var character in content)
        {
            _ = character switch
            {
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                _ when character == quote => text.Append('\\').Append(quote),
                < ' ' or '\u007F' => text.Append(CultureInfo.InvariantCulture, $"\\x{(int)character:x2}"),
                _ => text.Append(character),
            };
        }

        text.Append(quote);
        run.Spend((text.Length - start - content.Length) / 16);
    }
}
