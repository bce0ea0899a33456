namespace Pare.Tokenization.Jinja;

/// <summary>The arithmetic and comparing operators, as in Python.</summary>
internal static class JinjaArithmetic
{
    private const int LongestRepeat = 1_000_000;

    /// <summary>Applies an operator.</summary>
    public static object? Apply(JinjaRun run, string name, object? left, object? right)
    {
        if (name == "~") return run.Made(JinjaSpelling.ToText(run, left) + JinjaSpelling.ToText(run, right));
        switch (left, right)
        {
            case (string x, string y) when name == "+":
                return run.Made(x + y);
            case (List<object?> x, List<object?> y) when name == "+":
                return run.Made([.. x, .. y]);
            case (string x, long count) when name == "*":
                return Repeat(run, x, count);
            case (long count, string x) when name == "*":
                return Repeat(run, x, count);
        }

        try
        {
            if (JinjaValue.Whole(left) is { } a && JinjaValue.Whole(right) is { } b && name != "/") return Whole(run, name, a, b);
            if (JinjaValue.Number(left) is { } p && JinjaValue.Number(right) is { } q) return Real(run, name, p, q);
        }
        catch (OverflowException)
        {
            throw run.Problem($"the result of \"{name}\" is beyond 64 bits");
        }

        throw run.Problem($"\"{name}\" does not work on {JinjaValue.KindOf(left)} and {JinjaValue.KindOf(right)}");
    }

    /// <summary>Whether a comparison holds.</summary>
    public static bool Holds(JinjaRun run, string name, object? left, object? right)
    {
        switch (name)
        {
            case "==":
                return JinjaValue.AreEqual(run, left, right);
            case "!=":
                return !JinjaValue.AreEqual(run, left, right);
            case "in":
                return Contains(run, right, left);
            case "not in":
                return !Contains(run, right, left);
        }

        var order = JinjaValue.Compare(left, right) ?? throw run.Problem($"\"{name}\" does not work on {JinjaValue.KindOf(left)} and {JinjaValue.KindOf(right)}");
        return name switch
        {
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            _ => order >= 0,
        };
    }

    /// <summary>Whether a list has an item, a dictionary a name, or a text a part.</summary>
    public static bool Contains(JinjaRun run, object? container, object? item)
    {
        switch (container)
        {
            case string text:
                run.Spend(text.Length / 16);
                return item is string part
                    ? text.Contains(part, StringComparison.Ordinal)
                    : throw run.Problem($"\"in\" a text wants a text on its left, {JinjaValue.KindOf(item)} was found");
            case List<object?> items:
                run.Spend(items.Count);
                return items.Exists(other => JinjaValue.AreEqual(run, other, item));
            case JinjaDictionary items:
                return item is string name && items.TryGet(name, out _);
            case JinjaUndefined:
                return false;
            default:
                throw run.Problem($"\"in\" wants a list, a dictionary or a text on its right, {JinjaValue.KindOf(container)} was found");
        }
    }

    private static string Repeat(JinjaRun run, string text, long count)
    {
        if (count <= 0 || text.Length == 0) return "";
        if (count > LongestRepeat / text.Length) throw run.Problem($"a text of {text.Length} characters is repeated {count} times; at most {LongestRepeat} characters are made at once");
        return run.Made(string.Concat(Enumerable.Repeat(text, (int)count)));
    }

    private static object Whole(JinjaRun run, string name, long a, long b)
    {
        if (name is "//" or "%" && b == 0) throw run.Problem("division by zero");
        return name switch
        {
            "+" => checked(a + b),
            "-" => checked(a - b),
            "*" => checked(a * b),
            "//" => b == -1 ? checked(-a) : FloorDivide(a, b),
            "%" => b == -1 ? 0L : a - (FloorDivide(a, b) * b),
            "**" when b >= 0 => Power(a, b),
            "**" => (object)Math.Pow(a, b),
            _ => throw run.Problem($"the operator \"{name}\" is unknown"),
        };
    }

    private static long FloorDivide(long a, long b) => (a / b) - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);

    private static long Power(long a, long b)
    {
        if (a is 0 or 1) return b == 0 ? 1 : a;
        if (a == -1) return b % 2 == 0 ? 1 : -1;
        var result = 1L;
        for (var i = 0L; i < b; i++) result = checked(result * a);
        return result;
    }

    private static double Real(JinjaRun run, string name, double a, double b)
    {
        if (name is "/" or "//" or "%" && b == 0) throw run.Problem("division by zero");
        return name switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => a / b,
            "//" => Math.Floor(a / b),
            "%" => a - (Math.Floor(a / b) * b),
            "**" => Math.Pow(a, b),
            _ => throw run.Problem($"the operator \"{name}\" is unknown"),
        };
    }
}
