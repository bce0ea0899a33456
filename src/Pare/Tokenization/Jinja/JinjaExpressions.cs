using System.Runtime.CompilerServices;

namespace Pare.Tokenization.Jinja;

/// <summary>An expression of a template.</summary>
/// <param name="Line">Its line.</param>
internal abstract record JinjaExpression(int Line)
{
    /// <summary>Computes its value.</summary>
    public object? Evaluate(JinjaRun run, JinjaScope scope)
    {
        run.Spend(1);
        run.Line = Line;
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack()) throw run.Problem("an expression is nested too deep");
        return Compute(run, scope);
    }

    /// <summary>Computes its value; the step is counted already.</summary>
    protected abstract object? Compute(JinjaRun run, JinjaScope scope);
}

/// <summary>A text, number, truth value or none.</summary>
internal sealed record JinjaLiteral(int Line, object? Value) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaRun run, JinjaScope scope) => Value;
}

/// <summary>A variable.</summary>
internal sealed record JinjaName(int Line, string Name) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaRun run, JinjaScope scope) => scope.Get(Name);
}

/// <summary><c>[a, b]</c> or <c>(a, b)</c>.</summary>
internal sealed record JinjaListExpression(int Line, IReadOnlyList<JinjaExpression> Items) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaRun run, JinjaScope scope) => run.Made(Items.Select(item => item.Evaluate(run, scope)).ToList());
}

/// <summary><c>{'a': b}</c>.</summary>
internal sealed record JinjaDictionaryExpression(int Line, IReadOnlyList<(JinjaExpression Name, JinjaExpression Value)> Items) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaRun run, JinjaScope scope)
    {
        var result = new JinjaDictionary();
        foreach (var (name, value) in Items) result[JinjaSpelling.ToText(run, name.Evaluate(run, scope))] = value.Evaluate(run, scope);
        return result;
    }
}

/// <summary><c>a if condition else b</c>.</summary>
internal sealed record JinjaConditional(int Line, JinjaExpression Condition, JinjaExpression Then, JinjaExpression? Otherwise) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaRun run, JinjaScope scope)
    {
        if (JinjaValue.IsTrue(Condition.Evaluate(run, scope))) return Then.Evaluate(run, scope);
        return Otherwise is null ? new JinjaUndefined("else") : Otherwise.Evaluate(run, scope);
    }
}

/// <summary><c>a and b</c>, <c>a or b</c>: the value that decides.</summary>
internal sealed record JinjaLogical(int Line, bool IsAnd, JinjaExpression Left, JinjaExpression Right) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaRun run, JinjaScope scope)
    {
        var left = Left.Evaluate(run, scope);
        return JinjaValue.IsTrue(left) == IsAnd ? Right.Evaluate(run, scope) : left;
    }
}

/// <summary><c>not a</c>.</summary>
internal sealed record JinjaNot(int Line, JinjaExpression Operand) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaRun run, JinjaScope scope) => !JinjaValue.IsTrue(Operand.Evaluate(run, scope));
}

/// <summary><c>-a</c> or <c>+a</c>.</summary>
internal sealed record JinjaSign(int Line, bool Negates, JinjaExpression Operand) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaRun run, JinjaScope scope)
    {
        var value = Operand.Evaluate(run, scope);
        return value switch
        {
            long number => (object)(Negates ? unchecked(-number) : number),
            double number => Negates ? -number : number,
            _ => throw run.Problem($"a number was expected after a sign, {JinjaValue.KindOf(value)} was found"),
        };
    }
}

/// <summary>Two operands with an arithmetic operator between them.</summary>
internal sealed record JinjaBinary(int Line, string Operator, JinjaExpression Left, JinjaExpression Right) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaRun run, JinjaScope scope) =>
        JinjaArithmetic.Apply(run, Operator, Left.Evaluate(run, scope), Right.Evaluate(run, scope));
}

/// <summary>A chain of comparisons: <c>a &lt; b &lt;= c</c>, <c>a in b</c>, <c>a not in b</c>.</summary>
internal sealed record JinjaComparison(int Line, JinjaExpression First, IReadOnlyList<(string Operator, JinjaExpression Operand)> Rest) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaRun run, JinjaScope scope)
    {
        var left = First.Evaluate(run, scope);
        foreach (var (name, operand) in Rest)
        {
            var right = operand.Evaluate(run, scope);
            if (!JinjaArithmetic.Holds(run, name, left, right)) return false;
            left = right;
        }

        return true;
    }
}

/// <summary><c>a.name</c>.</summary>
internal sealed record JinjaMember(int Line, JinjaExpression Target, string Name) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaRun run, JinjaScope scope)
    {
        var target = Target.Evaluate(run, scope);
        run.Line = Line;
        if (target is JinjaUndefined undefined) throw run.Problem($"\"{undefined.Name}\" is undefined and so has no member \"{Name}\"");
        return JinjaMethods.Find(run, target, Name) ?? (target is JinjaDictionary items && items.TryGet(Name, out var value) ? value : new JinjaUndefined(Name));
    }
}

/// <summary><c>a[b]</c>.</summary>
internal sealed record JinjaIndex(int Line, JinjaExpression Target, JinjaExpression Index) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaRun run, JinjaScope scope)
    {
        var target = Target.Evaluate(run, scope);
        var index = Index.Evaluate(run, scope);
        run.Line = Line;
        switch (target)
        {
            case JinjaUndefined undefined:
                throw run.Problem($"\"{undefined.Name}\" is undefined and so has no items");
            case JinjaDictionary items:
                return items.TryGet(JinjaSpelling.ToText(run, index), out var value) ? value : new JinjaUndefined(JinjaSpelling.ToText(run, index));
            case List<object?> or string when JinjaValue.Whole(index) is { } at:
                var list = JinjaValue.Items(target)!;
                if (target is string) run.Spend(list.Count / 16);
                if (at < 0) at += list.Count;
                return at >= 0 && at < list.Count ? list[(int)at] : new JinjaUndefined($"item {at}");
            default:
                return JinjaMethods.Find(run, target, JinjaSpelling.ToText(run, index)) ?? (object)new JinjaUndefined(JinjaSpelling.ToText(run, index));
        }
    }
}

/// <summary><c>a[start:stop:step]</c>.</summary>
internal sealed record JinjaSlice(int Line, JinjaExpression Target, JinjaExpression? Start, JinjaExpression? Stop, JinjaExpression? Step) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaRun run, JinjaScope scope)
    {
        var target = Target.Evaluate(run, scope);
        run.Line = Line;
        if (target is not (string or List<object?>)) throw run.Problem($"a text or a list was expected before a slice, {JinjaValue.KindOf(target)} was found");
        var items = JinjaValue.Items(target)!;
        var step = Bound(run, scope, Step) ?? 1;
        if (step == 0) throw run.Problem("the step of a slice must not be 0");
        var (low, high) = step > 0 ? (0L, (long)items.Count) : (-1L, items.Count - 1L);
        var start = Clamp(Bound(run, scope, Start), items.Count, step > 0 ? low : high, low, high);
        var stop = Clamp(Bound(run, scope, Stop), items.Count, step > 0 ? high : low, low, high);
        var result = new List<object?>();
        for (var at = start; step > 0 ? at < stop : at > stop; at += step) result.Add(items[(int)at]);
        run.Made(result);
        return target is string ? string.Concat(result) : result;
    }

    private static long Clamp(long? bound, int count, long otherwise, long low, long high) =>
        bound is { } value ? Math.Clamp(value < 0 ? value + count : value, low, high) : otherwise;

    private static long? Bound(JinjaRun run, JinjaScope scope, JinjaExpression? bound)
    {
        var value = bound?.Evaluate(run, scope);
        if (value is null) return null;
        var whole = JinjaValue.Whole(value) ?? throw run.Problem($"a whole number was expected in a slice, {JinjaValue.KindOf(value)} was found");
        return Math.Clamp(whole, int.MinValue, int.MaxValue);
    }
}

/// <summary>A call of a function, macro or method.</summary>
internal sealed record JinjaCall(int Line, JinjaExpression Target, JinjaArgumentList Arguments) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaRun run, JinjaScope scope)
    {
        var target = Target.Evaluate(run, scope);
        var arguments = Arguments.Evaluate(run, scope);
        run.Line = Line;
        return target is JinjaFunction function ? function.Call(arguments) : throw run.Problem($"a function was expected before \"(\", {JinjaValue.KindOf(target)} was found");
    }
}

/// <summary><c>a | name(…)</c>.</summary>
internal sealed record JinjaFilter(int Line, JinjaExpression Target, string Name, JinjaArgumentList Arguments) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaRun run, JinjaScope scope)
    {
        var target = Target.Evaluate(run, scope);
        var arguments = Arguments.Evaluate(run, scope);
        run.Line = Line;
        return JinjaFilters.Apply(run, Name, target, arguments);
    }
}

/// <summary><c>a is name(…)</c>, <c>a is not name</c>.</summary>
internal sealed record JinjaTest(int Line, JinjaExpression Target, string Name, JinjaArgumentList Arguments, bool Negates) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaRun run, JinjaScope scope)
    {
        var target = Target.Evaluate(run, scope);
        var arguments = Arguments.Evaluate(run, scope);
        run.Line = Line;
        return JinjaTests.Holds(run, Name, target, arguments) != Negates;
    }
}

/// <summary>The arguments of a call as written.</summary>
internal sealed record JinjaArgumentList(IReadOnlyList<JinjaExpression> Positional, IReadOnlyList<(string Name, JinjaExpression Value)> Named)
{
    /// <summary>No arguments.</summary>
    public static JinjaArgumentList None { get; } = new([], []);

    /// <summary>Computes the arguments.</summary>
    public JinjaArguments Evaluate(JinjaRun run, JinjaScope scope)
    {
        if (Positional.Count == 0 && Named.Count == 0) return JinjaArguments.None;
        var named = new Dictionary<string, object?>(StringComparer.Ordinal);
        var positional = Positional.Select(value => value.Evaluate(run, scope)).ToList();
        foreach (var (name, value) in Named) named[name] = value.Evaluate(run, scope);
        return new JinjaArguments(positional, named);
    }
}
