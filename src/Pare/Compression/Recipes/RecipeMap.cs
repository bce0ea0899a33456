using System.Globalization;
using Pare.Formats;
using YamlDotNet.RepresentationModel;

namespace Pare.Compression;

/// <summary>Typed access to a mapping of a recipe. Every error names the path; keys that nobody asked for are refused.</summary>
internal sealed class RecipeMap(string path, YamlMappingNode map)
{
    private readonly List<string> _known = [];

    /// <summary>A text, or null where the key is absent.</summary>
    public string? Text(string key) => Find(key) switch
    {
        null => null,
        YamlScalarNode { Value: { } value } => value,
        _ => throw Problem(key, "expected a text"),
    };

    /// <summary>A text that must be there.</summary>
    public string RequiredText(string key) => Text(key) is { Length: > 0 } text ? text : throw Problem(key, "is missing");

    /// <summary>A whole number, or the default.</summary>
    public int Integer(string key, int otherwise)
    {
        if (Text(key) is not { } text) return otherwise;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : throw Problem(key, $"expected a whole number, found '{text}'");
    }

    /// <summary>A number, or null where the key is absent.</summary>
    public double? Number(string key)
    {
        if (Text(key) is not { } text) return null;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : throw Problem(key, $"expected a number, found '{text}'");
    }

    /// <summary>Yes or no, or the default.</summary>
    public bool Flag(string key, bool otherwise) => Text(key) switch
    {
        null => otherwise,
        "true" => true,
        "false" => false,
        var text => throw Problem(key, $"expected true or false, found '{text}'"),
    };

    /// <summary>One of the words of an enumeration, or the default.</summary>
    public T Choice<T>(string key, T otherwise)
        where T : struct, Enum
    {
        if (Text(key) is not { } text) return otherwise;
        foreach (var value in Enum.GetValues<T>())
            if (NameOf(value) == text) return value;
        throw Problem(key, $"'{text}' is not known; expected {string.Join(", ", Enum.GetValues<T>().Select(NameOf))}");
    }

    /// <summary>The word for a value of an enumeration: NormOutputs is norm-outputs.</summary>
    public static string NameOf<T>(T value)
        where T : struct, Enum => string.Concat(value.ToString().Select((letter, i) => !char.IsAsciiLetterUpper(letter) ? $"{letter}" : (i > 0 ? "-" : "") + char.ToLowerInvariant(letter)));

    /// <summary>A mapping, or null where the key is absent.</summary>
    public RecipeMap? Map(string key) => Find(key) switch
    {
        null => null,
        YamlMappingNode inner => new RecipeMap(At(key), inner),
        _ => throw Problem(key, "expected a mapping"),
    };

    /// <summary>One text or a list of them, or null where the key is absent.</summary>
    public IReadOnlyList<string>? Texts(string key) => Find(key) switch
    {
        null => null,
        YamlScalarNode { Value: { Length: > 0 } value } => [value],
        YamlSequenceNode { Children.Count: > 0 } list => [.. list.Select((item, i) => item is YamlScalarNode { Value: { Length: > 0 } value }
            ? value : throw new RecipeException($"{At(key)}[{i}]", "expected a text"))],
        _ => throw Problem(key, "expected a text or a list of texts"),
    };

    /// <summary>A format that can be written, or null where the key is absent.</summary>
    public ElementType? Format(string key)
    {
        if (Text(key) is not { } text) return null;
        if (ElementTypes.TryParse(text, out var format) && WeightCodec.CanWrite(format)) return format;
        var names = Enum.GetValues<ElementType>().Where(WeightCodec.CanWrite).Select(type => type.ToString().ToLowerInvariant());
        throw Problem(key, $"'{text}' is no format that is written; expected one of {string.Join(", ", names)}");
    }

    /// <summary>A format that must be there.</summary>
    public ElementType RequiredFormat(string key) => Format(key) ?? throw Problem(key, "is missing");

    /// <summary>The same without a key.</summary>
    public RecipeMap Without(string key)
    {
        var rest = new YamlMappingNode(map.Children.Where(child => child.Key is not YamlScalarNode { Value: { } name } || name != key));
        return new RecipeMap(path, rest);
    }

    /// <summary>A list of mappings, or null where the key is absent.</summary>
    public IReadOnlyList<RecipeMap>? OptionalMaps(string key) => Find(key) is null ? null : Maps(key);

    /// <summary>A list of mappings that must be there and not be empty.</summary>
    public IReadOnlyList<RecipeMap> Maps(string key)
    {
        if (Find(key) is not YamlSequenceNode { Children.Count: > 0 } list) throw Problem(key, "expected a list with at least one entry");
        return [.. list.Select((item, i) => item is YamlMappingNode inner
            ? new RecipeMap($"{At(key)}[{i}]", inner) : throw new RecipeException($"{At(key)}[{i}]", "expected a mapping such as { method: round-to-nearest, format: q8_0 }"))];
    }

    /// <summary>Every mapping of one value each that the mapping's lists give: their product, the last key changing fastest.</summary>
    /// <param name="known">The keys that may be there.</param>
    /// <exception cref="RecipeException">Another key, or a value that is no text.</exception>
    public IReadOnlyList<RecipeMap> Product(IReadOnlyList<string> known)
    {
        var product = new List<YamlMappingNode> { new() };
        foreach (var key in known.Where(key => Find(key) is not null))
        {
            var values = Texts(key)!;
            product = [.. product.SelectMany(one => values.Select(value =>
            {
                var next = new YamlMappingNode(one.Children);
                next.Children.Add(new YamlScalarNode(key), new YamlScalarNode(value));
                return next;
            }))];
        }

        RefuseOthers();
        return [.. product.Select(one => new RecipeMap(path, one))];
    }

    /// <summary>Refuses keys that were not asked for.</summary>
    /// <exception cref="RecipeException">There is one.</exception>
    public void RefuseOthers()
    {
        foreach (var node in map.Children.Keys)
        {
            var key = node is YamlScalarNode { Value: { } value } ? value : throw new RecipeException(path, "keys must be texts");
            if (_known.Contains(key)) continue;
            throw Problem(key, $"unknown key; did you mean '{Nearest.Of(key, _known)}'? Known here: {string.Join(", ", _known)}");
        }
    }

    /// <summary>The exception for a key of this mapping.</summary>
    public RecipeException Problem(string key, string problem) => new(At(key), problem);

    private string At(string key) => path.Length == 0 ? key : $"{path}.{key}";

    private YamlNode? Find(string key)
    {
        if (!_known.Contains(key)) _known.Add(key);
        return map.Children.TryGetValue(new YamlScalarNode(key), out var node) ? node : null;
    }
}
