namespace Pare.Tokenization.Jinja;

/// <summary>What a statement says about what comes next.</summary>
internal enum JinjaFlow
{
    /// <summary>The next statement.</summary>
    Next,

    /// <summary>The next round of the loop.</summary>
    Continue,

    /// <summary>The end of the loop.</summary>
    Break,
}

/// <summary>A statement of a template.</summary>
/// <param name="Line">Its line.</param>
internal abstract record JinjaStatement(int Line)
{
    /// <summary>Runs it.</summary>
    public abstract JinjaFlow Execute(JinjaRun run, JinjaScope scope);
}

/// <summary>Statements in order.</summary>
internal sealed record JinjaBlock(int Line, IReadOnlyList<JinjaStatement> Statements) : JinjaStatement(Line)
{
    public override JinjaFlow Execute(JinjaRun run, JinjaScope scope)
    {
        foreach (var statement in Statements)
        {
            run.Spend(1);
            run.Line = statement.Line;
            if (statement.Execute(run, scope) is not JinjaFlow.Next and var flow) return flow;
        }

        return JinjaFlow.Next;
    }
}

/// <summary>Text outside tags.</summary>
internal sealed record JinjaLiteralText(int Line, string Text) : JinjaStatement(Line)
{
    public override JinjaFlow Execute(JinjaRun run, JinjaScope scope)
    {
        run.Write(Text);
        return JinjaFlow.Next;
    }
}

/// <summary><c>{{ value }}</c>.</summary>
internal sealed record JinjaOutput(int Line, JinjaExpression Value) : JinjaStatement(Line)
{
    public override JinjaFlow Execute(JinjaRun run, JinjaScope scope)
    {
        run.Write(JinjaSpelling.ToText(run, Value.Evaluate(run, scope)));
        return JinjaFlow.Next;
    }
}

/// <summary><c>{% if %}</c> with its branches.</summary>
internal sealed record JinjaIf(int Line, IReadOnlyList<(JinjaExpression? Condition, JinjaBlock Body)> Branches) : JinjaStatement(Line)
{
    public override JinjaFlow Execute(JinjaRun run, JinjaScope scope)
    {
        foreach (var (condition, body) in Branches)
        {
            if (condition is null || JinjaValue.IsTrue(condition.Evaluate(run, scope))) return body.Execute(run, scope);
        }

        return JinjaFlow.Next;
    }
}

/// <summary><c>{% break %}</c> or <c>{% continue %}</c>.</summary>
internal sealed record JinjaJump(int Line, JinjaFlow Flow) : JinjaStatement(Line)
{
    public override JinjaFlow Execute(JinjaRun run, JinjaScope scope) => Flow;
}

/// <summary><c>{% for names in items if filter %}</c>.</summary>
internal sealed record JinjaFor(int Line, IReadOnlyList<string> Names, JinjaExpression Items, JinjaExpression? Filter, JinjaBlock Body, JinjaBlock? Otherwise) : JinjaStatement(Line)
{
    public override JinjaFlow Execute(JinjaRun run, JinjaScope scope)
    {
        var value = Items.Evaluate(run, scope);
        run.Line = Line;
        var items = JinjaValue.Items(value) ?? throw run.Problem($"a loop wants a list, a dictionary or a text, {JinjaValue.KindOf(value)} was found");
        if (Filter is not null) items = items.Where(item => JinjaValue.IsTrue(Filter.Evaluate(run, Bind(run, new JinjaScope(scope), item)))).ToList();
        run.Made(items);
        for (var i = 0; i < items.Count; i++)
        {
            var inner = Bind(run, new JinjaScope(scope), items[i]);
            inner.Set("loop", Loop(run, items, i));
            if (Body.Execute(run, inner) == JinjaFlow.Break) break;
        }

        if (items.Count == 0) Otherwise?.Execute(run, new JinjaScope(scope));
        return JinjaFlow.Next;
    }

    private static JinjaDictionary Loop(JinjaRun run, List<object?> items, int i) => new()
    {
        ["index"] = i + 1L,
        ["index0"] = (long)i,
        ["revindex"] = (long)(items.Count - i),
        ["revindex0"] = items.Count - i - 1L,
        ["first"] = i == 0,
        ["last"] = i == items.Count - 1,
        ["length"] = (long)items.Count,
        ["previtem"] = i > 0 ? items[i - 1] : new JinjaUndefined("previtem"),
        ["nextitem"] = i + 1 < items.Count ? items[i + 1] : new JinjaUndefined("nextitem"),
        ["cycle"] = new JinjaFunction("cycle", arguments =>
            arguments.Positional.Count > 0 ? arguments.Positional[i % arguments.Positional.Count] : throw run.Problem("loop.cycle wants values")),
    };

    private JinjaScope Bind(JinjaRun run, JinjaScope scope, object? item)
    {
        if (Names.Count == 1) scope.Set(Names[0], item);
        else JinjaSet.Unpack(run, scope, Names, item);
        return scope;
    }
}

/// <summary><c>{% set names = value %}</c>, <c>{% set namespace.member = value %}</c>, or <c>{% set name %}…{% endset %}</c>.</summary>
internal sealed record JinjaSet(int Line, IReadOnlyList<string> Names, string? Member, JinjaExpression? Value, JinjaBlock? Body) : JinjaStatement(Line)
{
    public override JinjaFlow Execute(JinjaRun run, JinjaScope scope)
    {
        var value = Value is not null ? Value.Evaluate(run, scope) : run.Capture(() => Body!.Execute(run, new JinjaScope(scope)));
        run.Line = Line;
        if (Member is not null)
        {
            if (scope.Get(Names[0]) is not JinjaDictionary { IsNamespace: true } target) throw run.Problem($"\"{Names[0]}\" is no namespace, so its member \"{Member}\" cannot be set");
            target[Member] = value;
        }
        else if (Names.Count == 1)
        {
            scope.Set(Names[0], value);
        }
        else
        {
            Unpack(run, scope, Names, value);
        }

        return JinjaFlow.Next;
    }

    /// <summary>Sets several names from the items of one value.</summary>
    public static void Unpack(JinjaRun run, JinjaScope scope, IReadOnlyList<string> names, object? value)
    {
        if (JinjaValue.Items(value) is not { } items || items.Count != names.Count) throw run.Problem($"{names.Count} values were expected for {string.Join(", ", names)}, {JinjaValue.KindOf(value)} was found");
        for (var i = 0; i < names.Count; i++) scope.Set(names[i], items[i]);
    }
}

/// <summary><c>{% macro name(parameters) %}</c>.</summary>
internal sealed record JinjaMacro(int Line, string Name, IReadOnlyList<(string Name, JinjaExpression? Default)> Parameters, JinjaBlock Body) : JinjaStatement(Line)
{
    public override JinjaFlow Execute(JinjaRun run, JinjaScope scope)
    {
        scope.Set(Name, new JinjaFunction(Name, arguments => Call(run, scope, arguments)));
        return JinjaFlow.Next;
    }

    private string Call(JinjaRun run, JinjaScope scope, JinjaArguments arguments)
    {
        if (arguments.Positional.Count > Parameters.Count) throw run.Problem($"the macro {Name} takes {Parameters.Count} arguments, {arguments.Positional.Count} were given");
        return run.Capture(() =>
        {
            var inner = new JinjaScope(scope);
            for (var i = 0; i < Parameters.Count; i++)
            {
                var (name, otherwise) = Parameters[i];
                inner.Set(name, arguments.Has(i, name) ? arguments.Get(i, name) : otherwise is null ? new JinjaUndefined(name) : otherwise.Evaluate(run, inner));
            }

            Body.Execute(run, inner);
        });
    }
}

/// <summary><c>{% filter name %}…{% endfilter %}</c>.</summary>
internal sealed record JinjaFilterBlock(int Line, string Name, JinjaArgumentList Arguments, JinjaBlock Body) : JinjaStatement(Line)
{
    public override JinjaFlow Execute(JinjaRun run, JinjaScope scope)
    {
        var text = run.Capture(() => Body.Execute(run, new JinjaScope(scope)));
        run.Write(JinjaSpelling.ToText(run, JinjaFilters.Apply(run, Name, text, Arguments.Evaluate(run, scope))));
        return JinjaFlow.Next;
    }
}
