using System.Globalization;
using System.Text;

namespace Pare.Tokenization.Jinja;

/// <summary>The functions that every template can call.</summary>
internal static class JinjaGlobals
{
    private const int LongestRange = 100_000;

    /// <summary>The outermost scope of a run.</summary>
    public static JinjaScope CreateScope(JinjaRun run)
    {
        var scope = new JinjaScope(null);
        Add("raise_exception", arguments => throw run.Problem("the template refuses the messages: " + JinjaSpelling.ToText(run, arguments.Get(0, "message", ""))));
        Add("strftime_now", arguments => run.Made(FormatTime(run.Now, JinjaSpelling.ToText(run, arguments.Get(0, "format", "")))));
        Add("namespace", arguments => Dictionary(run, arguments, isNamespace: true));
        Add("dict", arguments => Dictionary(run, arguments, isNamespace: false));
        Add("range", arguments => Range(run, arguments));
        return new JinjaScope(scope);

        void Add(string name, Func<JinjaArguments, object?> call) => scope.Set(name, new JinjaFunction(name, call));
    }

    private static JinjaDictionary Dictionary(JinjaRun run, JinjaArguments arguments, bool isNamespace)
    {
        var result = new JinjaDictionary { IsNamespace = isNamespace };
        if (arguments.Positional is [JinjaDictionary given, ..])
        {
            foreach (var (name, value) in given.Items) result[name] = value;
        }

        foreach (var (name, value) in arguments.Named) result[name] = value;
        run.Spend(result.Count);
        return result;
    }

    private static List<object?> Range(JinjaRun run, JinjaArguments arguments)
    {
        var numbers = arguments.Positional.Select(value => JinjaValue.Whole(value) ?? throw run.Problem($"range wants whole numbers, {JinjaValue.KindOf(value)} was found")).ToArray();
        var (start, stop, step) = numbers switch
        {
            [var end] => (0L, end, 1L),
            [var begin, var end] => (begin, end, 1L),
            [var begin, var end, var by] when by != 0 => (begin, end, by),
            _ => throw run.Problem("range wants one to three numbers, and a step that is not 0"),
        };
        var result = new List<object?>();
        for (var number = (Int128)start; step > 0 ? number < stop : number > stop; number += step)
        {
            if (result.Count == LongestRange) throw run.Problem($"range has more than {LongestRange} numbers");
            result.Add((long)number);
        }

        return run.Made(result);
    }

    private static string FormatTime(DateTimeOffset time, string format)
    {
        var result = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                result.Append(format[i]);
                continue;
            }

            var bare = format[++i] == '-' && i + 1 < format.Length;
            if (bare) i++;
            var part = Part(time, format[i]) ?? $"%{format[i]}";
            result.Append(bare && part.TrimStart('0') is { Length: > 0 } trimmed ? trimmed : part);
        }

        return result.ToString();
    }

    private static string? Part(DateTimeOffset time, char code)
    {
        var name = code switch
        {
            'Y' => "yyyy",
            'y' => "yy",
            'm' => "MM",
            'd' => "dd",
            'B' => "MMMM",
            'b' or 'h' => "MMM",
            'A' => "dddd",
            'a' => "ddd",
            'H' => "HH",
            'I' => "hh",
            'M' => "mm",
            'S' => "ss",
            'p' => "tt",
            'F' => "yyyy-MM-dd",
            'T' => "HH:mm:ss",
            'D' => "MM/dd/yy",
            'R' => "HH:mm",
            _ => null,
        };
        return code switch
        {
            '%' => "%",
            'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
            'e' => time.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
            _ => name is null ? null : time.ToString(name, CultureInfo.InvariantCulture),
        };
    }
}
