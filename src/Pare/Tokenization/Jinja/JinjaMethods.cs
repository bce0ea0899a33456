namespace Pare.Tokenization.Jinja;

/// <summary>The methods of texts, dictionaries and lists that templates call; they have Python's names and results.</summary>
internal static class JinjaMethods
{
    /// <summary>Finds a method of a value, or null where the value has none of that name.</summary>
    public static JinjaFunction? Find(JinjaRun run, object? target, string name)
    {
        Func<JinjaArguments, object?>? call = target switch
        {
            string text => OfText(run, text, name),
            JinjaDictionary items => OfDictionary(run, items, name),
            List<object?> items => OfList(run, items, name),
            _ => null,
        };
        return call is null ? null : new JinjaFunction(name, call);
    }

    private static Func<JinjaArguments, object?>? OfText(JinjaRun run, string text, string name) => name switch
    {
        "strip" => a => run.Made(Characters(run, a) is { } set ? text.Trim(set) : text.Trim()),
        "lstrip" => a => run.Made(Characters(run, a) is { } set ? text.TrimStart(set) : text.TrimStart()),
        "rstrip" => a => run.Made(Characters(run, a) is { } set ? text.TrimEnd(set) : text.TrimEnd()),
        "upper" => _ => run.Made(text.ToUpperInvariant()),
        "lower" => _ => run.Made(text.ToLowerInvariant()),
        "title" => _ => run.Made(JinjaText.Title(text)),
        "capitalize" => _ => run.Made(JinjaText.Capitalize(text)),
        "startswith" => a => Any(run, a, name, text.StartsWith),
        "endswith" => a => Any(run, a, name, text.EndsWith),
        "removeprefix" => a => Text(run, a, 0, name) is var prefix && text.StartsWith(prefix, StringComparison.Ordinal) ? run.Made(text[prefix.Length..]) : text,
        "removesuffix" => a => Text(run, a, 0, name) is var suffix && text.EndsWith(suffix, StringComparison.Ordinal) ? run.Made(text[..^suffix.Length]) : text,
        "replace" => a => JinjaText.Replace(run, text, Text(run, a, 0, name), Text(run, a, 1, name), Count(run, a, 2, "count")),
        "split" => a => JinjaText.Split(run, text, a.Get(0, "sep") is null ? null : Text(run, a, 0, name), Count(run, a, 1, "maxsplit"), fromRight: false),
        "rsplit" => a => JinjaText.Split(run, text, a.Get(0, "sep") is null ? null : Text(run, a, 0, name), Count(run, a, 1, "maxsplit"), fromRight: true),
        "splitlines" => _ => run.Made([.. text.Split('\n').SkipLastIf(line => line.Length == 0).Select(line => (object?)line.TrimEnd('\r'))]),
        "join" => a => JinjaText.Join(run, a.Get(0, "iterable"), text),
        "find" => a => (long)text.IndexOf(Text(run, a, 0, name), StringComparison.Ordinal),
        "rfind" => a => (long)text.LastIndexOf(Text(run, a, 0, name), StringComparison.Ordinal),
        "count" => a => Text(run, a, 0, name) is { Length: > 0 } part ? (long)text.AsSpan().Count(part) : throw run.Problem("count wants a text that is not empty"),
        "isdigit" => _ => text.Length > 0 && text.All(char.IsDigit),
        "isalpha" => _ => text.Length > 0 && text.All(char.IsLetter),
        "isalnum" => _ => text.Length > 0 && text.All(char.IsLetterOrDigit),
        "isspace" => _ => text.Length > 0 && text.All(char.IsWhiteSpace),
        "isupper" => _ => text.Any(char.IsUpper) && !text.Any(char.IsLower),
        "islower" => _ => text.Any(char.IsLower) && !text.Any(char.IsUpper),
        _ => null,
    };

    private static Func<JinjaArguments, object?>? OfDictionary(JinjaRun run, JinjaDictionary items, string name) => name switch
    {
        _ when items.IsNamespace => null,
        "get" => a => items.TryGet(JinjaSpelling.ToText(run, a.Get(0, "key")), out var value) ? value : a.Get(1, "default"),
        "items" => _ => run.Made(JinjaText.Pairs(items)),
        "keys" => _ => run.Made([.. items.Keys]),
        "values" => _ => run.Made([.. items.Values]),
        _ => null,
    };

    private static Func<JinjaArguments, object?>? OfList(JinjaRun run, List<object?> items, string name) => name switch
    {
        "index" => a => items.FindIndex(item => JinjaValue.AreEqual(run, item, a.Get(0, "value"))) is >= 0 and var at ? (long)at : throw run.Problem("the list has no such item"),
        "count" => a => (long)items.Count(item => JinjaValue.AreEqual(run, item, a.Get(0, "value"))),
        _ => null,
    };

    private static bool Any(JinjaRun run, JinjaArguments arguments, string name, Func<string, StringComparison, bool> holds)
    {
        if (arguments.Get(0, "prefix") is List<object?> several) return several.OfType<string>().Any(part => holds(part, StringComparison.Ordinal));
        return holds(Text(run, arguments, 0, name), StringComparison.Ordinal);
    }

    private static char[]? Characters(JinjaRun run, JinjaArguments arguments) => arguments.Get(0, "chars") switch
    {
        null => null,
        string set => set.ToCharArray(),
        var other => throw run.Problem($"a text of characters to strip was expected, {JinjaValue.KindOf(other)} was found"),
    };

    private static string Text(JinjaRun run, JinjaArguments arguments, int index, string method)
    {
        var value = index < arguments.Positional.Count ? arguments.Positional[index] : arguments.Named.Values.FirstOrDefault();
        return value as string ?? throw run.Problem($"{method} wants a text as argument {index + 1}, {JinjaValue.KindOf(value)} was found");
    }

    private static int Count(JinjaRun run, JinjaArguments arguments, int index, string name)
    {
        if (!arguments.Has(index, name)) return -1;
        var value = arguments.Get(index, name);
        return JinjaValue.Whole(value) is { } count ? (int)Math.Clamp(count, -1, int.MaxValue) : throw run.Problem($"{name} must be a whole number, {JinjaValue.KindOf(value)} was found");
    }

    private static string[] SkipLastIf(this string[] lines, Predicate<string> condition) =>
        lines.Length > 0 && condition(lines[^1]) ? lines[..^1] : lines;
}
