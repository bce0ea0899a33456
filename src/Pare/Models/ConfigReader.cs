using System.Text.Json;
using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Models;

/// <summary>Typed, checked access to a Hugging Face config.json; every error names file and key.</summary>
internal sealed class ConfigReader(string file, JsonObject json)
{
    /// <summary>No real model comes near these; a file that does is damaged or hostile.</summary>
    public const int LargestSize = 1 << 24;

    public string File => file;

    public JsonObject Json => json;

    public bool Has(string key) => json[key] is not null;

    public ConfigReader? Section(string key) => json[key] switch
    {
        null => null,
        JsonObject section => new ConfigReader(file, section),
        _ => throw Problem(key, "expected an object"),
    };

    public int Size(string key) => OptionalSize(key) ?? throw Problem(key, "is missing");

    public int Size(string key, int otherwise) => OptionalSize(key) ?? otherwise;

    public int? OptionalSize(string key)
    {
        var node = json[key];
        if (node is null) return null;
        return ToSize(key, node);
    }

    /// <summary>A value per layer: one for all, or a list with one for each.</summary>
    public int[]? SizePerLayer(string? key, int layers)
    {
        if (key is null) return null;
        switch (json[key])
        {
            case null:
                return null;
            case JsonArray list:
                if (list.Count != layers)
                    throw Problem(key, $"has {list.Count} values for {layers} layers");
                return [.. list.Select(node => ToSize(key, node))];
            case var node:
                var size = ToSize(key, node);
                return [.. Enumerable.Repeat(size, layers)];
        }
    }

    public double Number(string key) => OptionalNumber(key) ?? throw Problem(key, "is missing");

    public double Number(string key, double otherwise) => OptionalNumber(key) ?? otherwise;

    public double? OptionalNumber(string key)
    {
        var node = json[key];
        if (node is null) return null;
        if (node is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.TryGetValue(out double number) && double.IsFinite(number))
            return number;
        throw Problem(key, $"expected a finite number, found {Shorten(node)}");
    }

    public bool Flag(string key, bool otherwise) => json[key] switch
    {
        null => otherwise,
        var node when node.GetValueKind() is JsonValueKind.True or JsonValueKind.False => node.GetValue<bool>(),
        var node => throw Problem(key, $"expected true or false, found {Shorten(node)}"),
    };

    public string? Text(string key) => json[key] switch
    {
        null => null,
        var node when node.GetValueKind() == JsonValueKind.String => node.GetValue<string>(),
        var node => throw Problem(key, $"expected a string, found {Shorten(node)}"),
    };

    public string[]? Texts(string key) => json[key] switch
    {
        null => null,
        JsonArray list => [.. list.Select(node => node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : throw Problem(key, "expected a list of strings"))],
        _ => throw Problem(key, "expected a list of strings"),
    };

    public double[]? Numbers(string key) => json[key] switch
    {
        null => null,
        JsonArray list => [.. list.Select(node => node is JsonValue value && value.TryGetValue(out double number) && double.IsFinite(number)
            ? number : throw Problem(key, "expected a list of finite numbers"))],
        _ => throw Problem(key, "expected a list of numbers"),
    };

    /// <summary>One token id or a list of them.</summary>
    public int[] TokenIds(string key) => json[key] switch
    {
        null => [],
        JsonArray list => [.. list.Select(node => ToSize(key, node))],
        var node => [ToSize(key, node)],
    };

    public ModelFormatException Problem(string key, string problem) => new(file, key, problem);

    private int ToSize(string key, JsonNode? node)
    {
        if (node is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.TryGetValue(out double number)
            && number is >= 0 and <= LargestSize && number == Math.Floor(number))
            return (int)number;
        throw Problem(key, $"expected a whole number from 0 to {LargestSize}, found {Shorten(node)}");
    }

    private static string Shorten(JsonNode? node)
    {
        var text = node?.ToJsonString() ?? "null";
        return text.Length <= 60 ? text : text[..60] + "…";
    }
}
