using System.Collections;
using System.Globalization;
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
    /// <exception cref="ChatTemplateException">The values are nested too deep, or comparing them takes too many steps.</exception>
    public static bool AreEqual(JinjaRun run, object? a, object? b) => AreEqual(run, a, b, 0);

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

    private static bool AreEqual(JinjaRun run, object? a, object? b, int depth)
    {
        if (depth > MostDepth) throw run.Problem($"values nested more than {MostDepth} deep are compared");
        run.Spend(1);
        if (ReferenceEquals(a, b)) return a is not double number || !double.IsNaN(number);
        switch (a, b)
        {
            case (JinjaUndefined, JinjaUndefined):
                return true;
            case (string x, string y):
                run.Spend(Math.Min(x.Length, y.Length) / 16);
                return x == y;
            case (List<object?> x, List<object?> y):
                if (x.Count != y.Count) return false;
                for (var i = 0; i < x.Count; i++)
                {
                    if (!AreEqual(run, x[i], y[i], depth + 1)) return false;
                }

                return true;
            case (JinjaDictionary x, JinjaDictionary y):
                if (x.Count != y.Count) return false;
                foreach (var (name, value) in x.Items)
                {
                    if (!y.TryGet(name, out var other) || !AreEqual(run, value, other, depth + 1)) return false;
                }

                return true;
            case (long x, long y):
                return x == y;
            default:
                return Number(a) is { } p && Number(b) is { } q && p == q;
        }
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
