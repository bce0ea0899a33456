namespace Pare.Tokenization.Jinja;

/// <summary>The filters of lists and dictionaries.</summary>
internal static class JinjaListFilters
{
    /// <summary>Applies a filter to a value.</summary>
    public static object? Apply(JinjaRun run, string name, object? value, JinjaArguments arguments)
    {
        switch (name)
        {
            case "length" or "count":
                return value is JinjaDictionary members ? (long)members.Count : (long)Items(run, name, value).Count;
            case "items":
                return value is JinjaDictionary items ? run.Made(JinjaText.Pairs(items)) : value is JinjaUndefined ? new List<object?>() : throw Wrong(run, name, "a dictionary", value);
            case "dictsort":
                return value is JinjaDictionary sorted
                    ? run.Made([.. JinjaText.Pairs(sorted).OrderBy(pair => ((string)((List<object?>)pair!)[0]!).ToLowerInvariant(), StringComparer.Ordinal)])
                    : throw Wrong(run, name, "a dictionary", value);
            case "join":
                var member = arguments.Get(1, "attribute");
                return JinjaText.Join(run, value, JinjaSpelling.ToText(run, arguments.Get(0, "d", "")), member is null ? null : item => Member(run, item, JinjaSpelling.ToText(run, member)));
            case "reverse" when value is string text:
                return run.Made(string.Concat(Items(run, name, text).AsEnumerable().Reverse()));
        }

        var list = Items(run, name, value);
        run.Spend(list.Count);
        return name switch
        {
            "first" => list.Count > 0 ? list[0] : new JinjaUndefined("first"),
            "last" => list.Count > 0 ? list[^1] : new JinjaUndefined("last"),
            "list" => run.Made([.. list]),
            "reverse" => run.Made([.. list.AsEnumerable().Reverse()]),
            "unique" => run.Made(Unique(run, list)),
            "sort" => run.Made(Sort(run, list, arguments)),
            "min" => list.Count > 0 ? Sort(run, list, arguments)[0] : new JinjaUndefined("min"),
            "max" => list.Count > 0 ? Sort(run, list, arguments)[^1] : new JinjaUndefined("max"),
            "sum" => list.Aggregate((object?)0L, (sum, item) => JinjaArithmetic.Apply(run, "+", sum, arguments.Has(0, "attribute") ? Member(run, item, JinjaSpelling.ToText(run, arguments.Get(0, "attribute"))) : item)),
            "map" => run.Made([.. list.Select(item => Map(run, item, arguments))]),
            "select" or "reject" => run.Made([.. list.Where(item => Passes(run, item, arguments, 0) == (name == "select"))]),
            "selectattr" or "rejectattr" => run.Made([.. list.Where(item => Passes(run, Member(run, item, FirstName(run, name, arguments)), arguments, 1) == (name == "selectattr"))]),
            _ => throw run.Problem($"the filter \"{name}\" is not supported"),
        };
    }

    private static List<object?> Items(JinjaRun run, string name, object? value) => JinjaValue.Items(value) ?? throw Wrong(run, name, "a list", value);

    /// <summary>A member of an item by its name; dots lead to members of members.</summary>
    private static object? Member(JinjaRun run, object? item, string path)
    {
        foreach (var name in path.Split('.'))
        {
            run.Spend(1);
            item = item switch
            {
                JinjaDictionary members => members.TryGet(name, out var value) ? value : new JinjaUndefined(name),
                List<object?> list when int.TryParse(name, out var index) && index >= 0 && index < list.Count => list[index],
                _ => new JinjaUndefined(name),
            };
        }

        return item;
    }

    private static object? Map(JinjaRun run, object? item, JinjaArguments arguments)
    {
        if (arguments.Named.TryGetValue("attribute", out var path))
        {
            var value = Member(run, item, JinjaSpelling.ToText(run, path));
            return value is JinjaUndefined && arguments.Named.TryGetValue("default", out var otherwise) ? otherwise : value;
        }

        return JinjaFilters.Apply(run, FirstName(run, "map", arguments), item, new JinjaArguments([.. arguments.Positional.Skip(1)], arguments.Named));
    }

    private static bool Passes(JinjaRun run, object? value, JinjaArguments arguments, int from) => arguments.Positional.Count <= from
        ? JinjaValue.IsTrue(value)
        : JinjaTests.Holds(run, JinjaSpelling.ToText(run, arguments.Positional[from]), value, new JinjaArguments([.. arguments.Positional.Skip(from + 1)], arguments.Named));

    private static string FirstName(JinjaRun run, string filter, JinjaArguments arguments) =>
        arguments.Get(0, "name") as string ?? throw run.Problem($"the filter {filter} wants a name as its first argument");

    private static List<object?> Unique(JinjaRun run, List<object?> list)
    {
        var result = new List<object?>();
        foreach (var item in list)
        {
            run.Spend(result.Count);
            if (!result.Exists(other => JinjaValue.AreEqual(run, other, item))) result.Add(item);
        }

        return result;
    }

    private static List<object?> Sort(JinjaRun run, List<object?> list, JinjaArguments arguments)
    {
        var path = arguments.Named.GetValueOrDefault("attribute") as string;
        var ignoresCase = !JinjaValue.IsTrue(arguments.Named.GetValueOrDefault("case_sensitive"));
        var comparer = Comparer<object?>.Create((a, b) => JinjaValue.Compare(a, b) ?? throw run.Problem($"{JinjaValue.KindOf(a)} and {JinjaValue.KindOf(b)} have no order"));
        run.Spend(list.Count * 16L);
        try
        {
            var sorted = list.OrderBy(Key, comparer).ToList();
            if (JinjaValue.IsTrue(arguments.Get(0, "reverse"))) sorted.Reverse();
            return sorted;
        }
        catch (InvalidOperationException problem) when (problem.InnerException is ChatTemplateException inner)
        {
            throw inner;
        }

        object? Key(object? item)
        {
            var key = path is null ? item : Member(run, item, path);
            return ignoresCase && key is string text ? text.ToLowerInvariant() : key;
        }
    }

    private static ChatTemplateException Wrong(JinjaRun run, string name, string wanted, object? value) =>
        run.Problem($"the filter {name} wants {wanted}, {JinjaValue.KindOf(value)} was found");
}
