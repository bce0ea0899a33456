using System.Text;

namespace Pare.Tokenization.Jinja;

/// <summary>Work on texts and lists that methods and filters share.</summary>
internal static class JinjaText
{
    /// <summary>First letter upper case, the others lower case.</summary>
    public static string Capitalize(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..].ToLowerInvariant();

    /// <summary>The first letter of every run of letters upper case, the others lower case.</summary>
    public static string Title(string text)
    {
        var result = new StringBuilder(text.Length);
        var inWord = false;
        foreach (var character in text)
        {
            result.Append(inWord ? char.ToLowerInvariant(character) : char.ToUpperInvariant(character));
            inWord = char.IsLetter(character);
        }

        return result.ToString();
    }

    /// <summary>Replaces a part, at most so many times where the count is not negative.</summary>
    public static string Replace(JinjaRun run, string text, string part, string replacement, int count)
    {
        run.Spend(1 + (text.Length / 16));
        if (part.Length == 0) throw run.Problem("replace wants a text to replace that is not empty");
        var pieces = text.Split(part, count < 0 ? int.MaxValue : count + 1);
        run.Spend((text.Length + ((pieces.Length - 1L) * replacement.Length)) / 16);
        return string.Join(replacement, pieces);
    }

    /// <summary>Splits at a separator, or at runs of white space where there is none.</summary>
    public static List<object?> Split(JinjaRun run, string text, string? separator, int count, bool fromRight)
    {
        run.Spend(1 + (text.Length / 16));
        if (separator == "") throw run.Problem("split wants a separator that is not empty");
        var parts = separator is null
            ? new List<string>(text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            : [.. text.Split(separator)];
        if (count < 0 || parts.Count <= count + 1) return run.Made([.. parts]);
        if (separator is null) return run.Made([.. SplitAtSpaces(text, count, fromRight)]);
        var joined = fromRight
            ? parts[^count..].Prepend(string.Join(separator, parts[..^count]))
            : parts[..count].Append(string.Join(separator, parts[count..]));
        return run.Made([.. joined]);
    }

    /// <summary>Joins the texts of the items of a list.</summary>
    public static string Join(JinjaRun run, object? items, string separator, Func<object?, object?>? member = null)
    {
        var list = JinjaValue.Items(items) ?? throw run.Problem($"join wants a list, {JinjaValue.KindOf(items)} was found");
        var result = new StringBuilder();
        for (var i = 0; i < list.Count; i++)
        {
            if (i > 0) result.Append(separator);
            result.Append(JinjaSpelling.ToText(run, member is null ? list[i] : member(list[i])));
            run.Spend(1 + (separator.Length / 16));
            if (result.Length > 16_000_000) throw run.Problem("join makes a text of more than 16000000 characters");
        }

        return run.Made(result.ToString());
    }

    /// <summary>A dictionary's members as pairs.</summary>
    public static List<object?> Pairs(JinjaDictionary items) => [.. items.Items.Select(item => (object?)new List<object?> { item.Key, item.Value })];

    /// <summary>Puts blanks before every line but, unless wanted, the first and the empty ones.</summary>
    public static string Indent(string text, string blanks, bool first, bool blank)
    {
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if ((i > 0 || first) && (blank || lines[i].Length > 0)) lines[i] = blanks + lines[i];
        }

        return string.Join('\n', lines);
    }

    private static List<string> SplitAtSpaces(string text, int count, bool fromRight)
    {
        var rest = fromRight ? text.TrimEnd() : text.TrimStart();
        var parts = new List<string>();
        for (var i = 0; i < count && rest.Length > 0; i++)
        {
            var at = fromRight ? Array.FindLastIndex(rest.ToCharArray(), char.IsWhiteSpace) : Array.FindIndex(rest.ToCharArray(), char.IsWhiteSpace);
            if (at < 0) break;
            parts.Add(fromRight ? rest[(at + 1)..] : rest[..at]);
            rest = fromRight ? rest[..at].TrimEnd() : rest[at..].TrimStart();
        }

        if (rest.Length > 0) parts.Add(fromRight ? rest.TrimStart() : rest.TrimEnd());
        if (fromRight) parts.Reverse();
        return parts;
    }
}
