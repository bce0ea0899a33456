using System.Globalization;

namespace Pare.Tokenization.Jinja;

/// <summary>The filters.</summary>
internal static class JinjaFilters
{
    /// <summary>Applies a filter to a value.</summary>
    public static object? Apply(JinjaRun run, string name, object? value, JinjaArguments arguments) => name switch
    {
        "default" or "d" => value is JinjaUndefined || (JinjaValue.IsTrue(arguments.Get(1, "boolean")) && !JinjaValue.IsTrue(value)) ? arguments.Get(0, "default_value", "") : value,
        "trim" => run.Made(arguments.Get(0, "chars") is string set ? Text(run, name, value).Trim(set.ToCharArray()) : Text(run, name, value).Trim()),
        "upper" => run.Made(Text(run, name, value).ToUpperInvariant()),
        "lower" => run.Made(Text(run, name, value).ToLowerInvariant()),
        "title" => run.Made(JinjaText.Title(Text(run, name, value))),
        "capitalize" => run.Made(JinjaText.Capitalize(Text(run, name, value))),
        "string" or "safe" => run.Made(JinjaSpelling.ToText(run, value)),
        "replace" => JinjaText.Replace(run, Text(run, name, value), Text(run, name, arguments.Get(0, "old")), Text(run, name, arguments.Get(1, "new")), arguments.Has(2, "count") ? (int)Math.Clamp(ToInt(arguments.Get(2, "count"), -1), -1, int.MaxValue) : -1),
        "indent" => Indent(run, Text(run, name, value), arguments),
        "escape" or "e" => run.Made(Text(run, name, value).Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal).Replace("'", "&#39;", StringComparison.Ordinal).Replace("\"", "&#34;", StringComparison.Ordinal)),
        "wordcount" => (long)Text(run, name, value).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length,
        "tojson" => JinjaJson.Write(run, value, arguments.Has(0, "indent") && arguments.Get(0, "indent") is not null ? (int)Math.Clamp(ToInt(arguments.Get(0, "indent"), 0), 0, 100) : null),
        "int" => ToInt(value, ToInt(arguments.Get(0, "default"), 0)),
        "float" => ToFloat(value, JinjaValue.Number(arguments.Get(0, "default")) ?? 0),
        "abs" => value is long whole ? (object)Math.Abs(Math.Max(whole, -long.MaxValue)) : Math.Abs(Number(run, name, value)),
        "round" => Math.Round(Number(run, name, value), (int)Math.Clamp(ToInt(arguments.Get(0, "precision"), 0), 0, 15), MidpointRounding.ToEven),
        _ => JinjaListFilters.Apply(run, name, value, arguments),
    };

    private static string Indent(JinjaRun run, string text, JinjaArguments arguments)
    {
        var width = arguments.Get(0, "width", 4L);
        var blanks = width as string ?? new string(' ', (int)Math.Clamp(ToInt(width, 4), 0, 1000));
        run.Spend(1L + (text.AsSpan().Count('\n') * (long)blanks.Length / 16));
        return run.Made(JinjaText.Indent(text, blanks, JinjaValue.IsTrue(arguments.Get(1, "first")), JinjaValue.IsTrue(arguments.Get(2, "blank"))));
    }

    private static string Text(JinjaRun run, string name, object? value) => value switch
    {
        JinjaUndefined undefined when name != "default" => throw run.Problem($"the filter {name} was given \"{undefined.Name}\", which is undefined"),
        _ => JinjaSpelling.ToText(run, value),
    };

    private static double Number(JinjaRun run, string name, object? value) =>
        JinjaValue.Number(value) ?? throw run.Problem($"the filter {name} wants a number, {JinjaValue.KindOf(value)} was found");

    private static long ToInt(object? value, long otherwise) => value switch
    {
        string text when long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        string text when double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => ToInt(number, otherwise),
        double number when Math.Abs(number) < 9e18 => (long)number,
        _ => JinjaValue.Whole(value) ?? otherwise,
    };

    private static double ToFloat(object? value, double otherwise) => value switch
    {
        string text when double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        _ => JinjaValue.Number(value) ?? otherwise,
    };
}
