namespace Pare.Tokenization.Jinja;

/// <summary>The tests: what may follow <c>is</c>.</summary>
internal static class JinjaTests
{
    /// <summary>Whether a test holds for a value.</summary>
    public static bool Holds(JinjaRun run, string name, object? value, JinjaArguments arguments) => name switch
    {
        "defined" => value is not JinjaUndefined,
        "undefined" => value is JinjaUndefined,
        "none" => value is null,
        "string" => value is string,
        "number" => value is long or double or bool,
        "integer" => value is long,
        "float" => value is double,
        "boolean" => value is bool,
        "true" => value is true,
        "false" => value is false,
        "mapping" => value is JinjaDictionary,
        "sequence" => value is string or List<object?> or JinjaDictionary,
        "iterable" => value is string or List<object?> or JinjaDictionary or JinjaUndefined,
        "callable" => value is JinjaFunction,
        "odd" => Whole(run, name, value) % 2 != 0,
        "even" => Whole(run, name, value) % 2 == 0,
        "divisibleby" => Whole(run, name, Argument(run, name, arguments)) is not 0 and var divisor ? divisor == -1 || Whole(run, name, value) % divisor == 0 : throw run.Problem("division by zero"),
        "lower" => value is string text && !text.Any(char.IsUpper),
        "upper" => value is string text && !text.Any(char.IsLower),
        "sameas" => JinjaValue.KindOf(value) == JinjaValue.KindOf(Argument(run, name, arguments)) && JinjaValue.AreEqual(run, value, Argument(run, name, arguments)),
        "in" => JinjaArithmetic.Contains(run, Argument(run, name, arguments), value),
        "equalto" or "eq" or "==" => JinjaValue.AreEqual(run, value, Argument(run, name, arguments)),
        "ne" or "!=" => !JinjaValue.AreEqual(run, value, Argument(run, name, arguments)),
        "lt" or "lessthan" or "<" => JinjaArithmetic.Holds(run, "<", value, Argument(run, name, arguments)),
        "le" or "<=" => JinjaArithmetic.Holds(run, "<=", value, Argument(run, name, arguments)),
        "gt" or "greaterthan" or ">" => JinjaArithmetic.Holds(run, ">", value, Argument(run, name, arguments)),
        "ge" or ">=" => JinjaArithmetic.Holds(run, ">=", value, Argument(run, name, arguments)),
        _ => throw run.Problem($"the test \"{name}\" is not supported"),
    };

    private static object? Argument(JinjaRun run, string name, JinjaArguments arguments) =>
        arguments.Positional.Count > 0 ? arguments.Positional[0] : throw run.Problem($"the test {name} wants an argument");

    private static long Whole(JinjaRun run, string name, object? value) =>
        JinjaValue.Whole(value) ?? throw run.Problem($"the test {name} wants a whole number, {JinjaValue.KindOf(value)} was found");
}
