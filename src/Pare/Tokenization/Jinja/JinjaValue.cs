using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pare.Tokenization.Jinja;

/// <summary>
/// The values of a template: null, bool, long, double, string, <c>List&lt;object?&gt;</c>, <see cref="JinjaDictionary"/>, <see cref="JinjaFunction"/>, <see cref="JinjaUndefined"/>;
/// with the truth, equality, order and spelling that they have in Python.
/// </summary>
internal static class JinjaValue
{
    private const int MostDepth = 50;

    /// <summary>A caller's value as a template's.</summary>
    /// <exception cref="ArgumentException">The value is of a type that templates do not know.</exception>
    public static object? From(object? value, int depth = 0)
    {
        if (depth > MostDepth) throw new ArgumentException($"a value given to a chat template is nested more than {MostDepth} deep");
        return value switch
        {
            null or bool or string or long or double => value,
            int or short or byte or uint => Convert.ToInt64(value, CultureInfo.InvariantCulture),
            float number => (double)number,
            ChatMessage message => new JinjaDictionary { ["role"] = message.Role, ["content"] = message.Content },
            JsonElement element => From(element, depth),
            IDictionary<string, object?> items => Dictionary(items, depth),
            IReadOnlyDictionary<string, object?> items => Dictionary(items, depth),
            IEnumerable items => items.Cast<object?>().Select(item => From(item, depth + 1)).ToList(),
            _ => throw new ArgumentException($"a chat template cannot be given a value of type {value.GetType().Name}"),
        };
    }

    /// <summary>Truth as in Python: nothing, zero and what is empty are false.</summary>
    public static bool IsTrue(object? value) => value switch
    {
        null or JinjaUndefined => false,
        bool truth => truth,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        List<object?> items => items.Count > 0,
        JinjaDictionary items => items.IsNamespace || items.Count > 0,
        _ => true,
    };

    /// <summary>Equality as in Python: numbers and truth values by value, lists and dictionaries by content.</summary>
    public static bool AreEqual(object? a, object? b) => (a, b) switch
    {
        (JinjaUndefined, JinjaUndefined) => true,
        (string x, string y) => x == y,
        (List<object?> x, List<object?> y) => x.Count == y.Count && x.Zip(y).All(pair => AreEqual(pair.First, pair.Second)),
        (JinjaDictionary x, JinjaDictionary y) => x.Count == y.Count && x.Items.All(item => y.TryGet(item.Key, out var other) && AreEqual(item.Value, other)),
        (long x, long y) => x == y,
        _ when Number(a) is { } x && Number(b) is { } y => x == y,
        _ => ReferenceEquals(a, b),
    };

    /// <summary>Order of two numbers or two texts, or null where there is none.</summary>
    public static int? Compare(object? a, object? b) => (a, b) switch
    {
        (string x, string y) => string.CompareOrdinal(x, y),
        (long x, long y) => x.CompareTo(y),
        _ when Number(a) is { } x && Number(b) is { } y => x.CompareTo(y),
        _ => null,
    };

    /// <summary>A number or truth value as a double, else null.</summary>
    public static double? Number(object? value) => value switch
    {
        bool truth => truth ? 1 : 0,
        long number => number,
        double number => number,
        _ => null,
    };

    /// <summary>A whole number or truth value, else null.</summary>
    public static long? Whole(object? value) => value switch
    {
        bool truth => truth ? 1 : 0,
        long number => number,
        _ => null,
    };

    /// <summary>The value as text, the way Python's <c>str</c> writes it.</summary>
    public static string ToText(object? value) => value switch
    {
        string text => text,
        JinjaUndefined => "",
        _ => Spell(value),
    };

    /// <summary>Kind of a value in words.</summary>
    public static string KindOf(object? value) => value switch
    {
        null => "none",
        bool => "a truth value",
        long or double => "a number",
        string => "a text",
        List<object?> => "a list",
        JinjaDictionary => "a dictionary",
        JinjaUndefined undefined => $"\"{undefined.Name}\", which is undefined",
        _ => "a function",
    };

    /// <summary>Items of what can be walked through, or null: a list's items, a dictionary's names, a text's characters; nothing for what is undefined.</summary>
    public static List<object?>? Items(object? value) => value switch
    {
        List<object?> items => items,
        JinjaDictionary items => [.. items.Keys],
        string text => [.. text.EnumerateRunes().Select(rune => (object?)rune.ToString())],
        JinjaUndefined => [],
        _ => null,
    };

    /// <summary>The spelling of a number with a fraction: shortest that reads back, always with a point or an exponent.</summary>
    public static string Spell(double number)
    {
        if (double.IsNaN(number)) return "nan";
        if (double.IsInfinity(number)) return number > 0 ? "inf" : "-inf";
        var text = number.ToString(Math.Abs(number) is >= 1e16 or (< 1e-4 and > 0) ? "R" : "0.################", CultureInfo.InvariantCulture);
        if (double.Parse(text, CultureInfo.InvariantCulture) != number) text = number.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().IndexOfAny('.', 'E') < 0 ? text + ".0" : text.Replace("E", "e", StringComparison.Ordinal);
    }

    private static string Spell(object? value, int depth = 0)
    {
        if (depth > MostDepth) return "...";
        return value switch
        {
            null => "None",
            bool truth => truth ? "True" : "False",
            long number => number.ToString(CultureInfo.InvariantCulture),
            double number => Spell(number),
            string text => Quote(text),
            List<object?> items => "[" + string.Join(", ", items.Select(item => Spell(item, depth + 1))) + "]",
            JinjaDictionary items => "{" + string.Join(", ", items.Items.Select(item => $"{Quote(item.Key)}: {Spell(item.Value, depth + 1)}")) + "}",
            JinjaUndefined => "Undefined",
            JinjaFunction function => $"<function {function.Name}>",
            _ => "",
        };
    }

    private static string Quote(string text)
    {
        var quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        var result = new StringBuilder(text.Length + 2).Append(quote);
        foreach (var character in text)
        {
            result.Append(character switch
            {
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ when character == quote => "\\" + quote,
                < ' ' or '\u007F' => $"\\x{(int)character:x2}",
                _ => character.ToString(),
            });
        }

        return result.Append(quote).ToString();
    }

    private static JinjaDictionary Dictionary(IEnumerable<KeyValuePair<string, object?>> items, int depth)
    {
        var result = new JinjaDictionary();
        foreach (var (name, value) in items) result[name] = From(value, depth + 1);
        return result;
    }

    private static object? From(JsonElement element, int depth) => element.ValueKind switch
    {
        JsonValueKind.Object => Dictionary(element.EnumerateObject().Select(member => KeyValuePair.Create(member.Name, (object?)member.Value)), depth),
        JsonValueKind.Array => element.EnumerateArray().Select(item => From((object?)item, depth + 1)).ToList(),
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => element.TryGetInt64(out var whole) ? (object)whole : element.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };
}
