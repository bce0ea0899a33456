namespace Pare.Tokenization.Jinja;

/// <summary>The value of a name or member that does not exist: false, empty, and an error in most other uses.</summary>
/// <param name="Name">The name.</param>
internal sealed record JinjaUndefined(string Name);

/// <summary>A dictionary with text keys in the order of insertion; also what <c>namespace()</c> makes.</summary>
internal sealed class JinjaDictionary
{
    private readonly OrderedDictionary<string, object?> _items = new(StringComparer.Ordinal);

    /// <summary>True for a namespace, whose members a template may set.</summary>
    public bool IsNamespace { get; init; }

    /// <summary>Number of members.</summary>
    public int Count => _items.Count;

    /// <summary>Names in order.</summary>
    public IEnumerable<string> Keys => _items.Keys;

    /// <summary>Values in order.</summary>
    public IEnumerable<object?> Values => _items.Values;

    /// <summary>Members in order.</summary>
    public IEnumerable<KeyValuePair<string, object?>> Items => _items;

    /// <summary>Sets a member.</summary>
    public object? this[string name]
    {
        set => _items[name] = value;
    }

    /// <summary>Finds a member.</summary>
    public bool TryGet(string name, out object? value) => _items.TryGetValue(name, out value);
}

/// <summary>The arguments of a call.</summary>
/// <param name="Positional">Those without a name.</param>
/// <param name="Named">Those with one.</param>
internal sealed record JinjaArguments(IReadOnlyList<object?> Positional, IReadOnlyDictionary<string, object?> Named)
{
    /// <summary>No arguments.</summary>
    public static JinjaArguments None { get; } = new([], new Dictionary<string, object?>());

    /// <summary>An argument by place or name, or a default.</summary>
    public object? Get(int index, string name, object? otherwise = null) =>
        index < Positional.Count ? Positional[index] : Named.GetValueOrDefault(name, otherwise);

    /// <summary>Whether an argument was given.</summary>
    public bool Has(int index, string name) => index < Positional.Count || Named.ContainsKey(name);
}

/// <summary>Something that can be called.</summary>
/// <param name="Name">Its name, for messages.</param>
/// <param name="Call">What it does.</param>
internal sealed record JinjaFunction(string Name, Func<JinjaArguments, object?> Call);
