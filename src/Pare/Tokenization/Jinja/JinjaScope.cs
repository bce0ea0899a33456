namespace Pare.Tokenization.Jinja;

/// <summary>Variables by name; what is not here is looked up in the scope around it.</summary>
internal sealed class JinjaScope(JinjaScope? around)
{
    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    /// <summary>Value of a name, or <see cref="JinjaUndefined"/>.</summary>
    public object? Get(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Around)
        {
            if (scope._values.TryGetValue(name, out var value)) return value;
        }

        return new JinjaUndefined(name);
    }

    /// <summary>Sets a name in this scope.</summary>
    public void Set(string name, object? value) => _values[name] = value;

    private JinjaScope? Around { get; } = around;
}
