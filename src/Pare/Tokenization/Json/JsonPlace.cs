using System.Text.Json;
using Pare.Formats;

namespace Pare.Tokenization;

/// <summary>A value in a JSON file that knows where it stands, so that every complaint names file and place.</summary>
internal readonly struct JsonPlace
{
    private readonly string _file;
    private readonly string _path;
    private readonly int _index;
    private readonly JsonElement _element;

    private JsonPlace(string file, string path, JsonElement element, int index = -1) => (_file, _path, _element, _index) = (file, path, element, index);

    private string Path => _index < 0 ? _path ?? "" : $"{_path}[{_index}]";

    /// <summary>Whether there is a value that is not null.</summary>
    public bool Exists => _element.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    /// <summary>Kind of the value.</summary>
    public JsonValueKind Kind => _element.ValueKind;

    /// <summary>The value itself.</summary>
    public JsonElement Element => _element;

    /// <summary>The file.</summary>
    public string File => _file;

    /// <summary>A member, which need not exist.</summary>
    public JsonPlace this[string name]
    {
        get
        {
            if (_element.ValueKind == JsonValueKind.Object && _element.TryGetProperty(name, out var member)) return new(_file, Join(name), member);
            return new(_file, Join(name), default);
        }
    }

    /// <summary>Parses a file's content; the document lives as long as the value is in use.</summary>
    /// <exception cref="ModelFormatException">The content is no JSON object.</exception>
    public static JsonPlace Parse(ReadOnlyMemory<byte> content, string file) => Parse(content, file, 0);

    /// <summary>Parses a line of a file of JSON lines; places in it begin with its number.</summary>
    /// <exception cref="ModelFormatException">The line is no JSON object.</exception>
    public static JsonPlace ParseLine(ReadOnlyMemory<byte> content, string file, int line) => Parse(content, file, line);

    private static JsonPlace Parse(ReadOnlyMemory<byte> content, string file, int line)
    {
        var place = line > 0 ? $"line {line}" : "";
        try
        {
            if (content.Span.StartsWith("\uFEFF"u8)) content = content[3..];
            var document = JsonDocument.Parse(content, new JsonDocumentOptions { MaxDepth = 64 });
            if (document.RootElement.ValueKind == JsonValueKind.Object) return new JsonPlace(file, place, document.RootElement);
            throw new ModelFormatException(file, place, $"a JSON object was expected, {Name(document.RootElement.ValueKind)} was found");
        }
        catch (JsonException problem)
        {
            throw new ModelFormatException(file, line > 0 ? place : $"line {problem.LineNumber + 1}", "is no valid JSON: " + problem.Message, problem);
        }
    }

    /// <summary>An exception about this place.</summary>
    public ModelFormatException Problem(string problem, Exception? inner = null) => new(_file ?? "", Path, problem, inner);

    /// <summary>The value as text.</summary>
    public string String()
    {
        if (_element.ValueKind != JsonValueKind.String) throw Expected("text");
        try
        {
            return _element.GetString()!;
        }
        catch (InvalidOperationException problem)
        {
            throw Problem("is no valid UTF-8 or UTF-16 text", problem);
        }
    }

    /// <summary>The value as text, or null where there is none.</summary>
    public string? OptionalString() => Exists ? String() : null;

    /// <summary>The value as a whole number.</summary>
    public int Int() => _element.ValueKind == JsonValueKind.Number && _element.TryGetInt32(out var value) ? value : throw Expected("a whole number");

    /// <summary>The value as a pair of texts.</summary>
    public (string First, string Second) Pair()
    {
        if (_element.ValueKind != JsonValueKind.Array || _element.GetArrayLength() != 2) throw Expected("a pair of texts");
        return (new JsonPlace(_file, _path, _element[0], _index).String(), new JsonPlace(_file, _path, _element[1], _index).String());
    }

    /// <summary>The value as true or false, with a default for none.</summary>
    public bool Bool(bool otherwise) => OptionalBool() ?? otherwise;

    /// <summary>The value as true or false, or null where there is none.</summary>
    public bool? OptionalBool() => _element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ when !Exists => null,
        _ => throw Expected("true or false"),
    };

    /// <summary>The members of an object.</summary>
    public IEnumerable<(string Name, JsonPlace Value)> Members()
    {
        if (!Exists) yield break;
        if (_element.ValueKind != JsonValueKind.Object) throw Expected("an object");
        var path = Path;
        foreach (var member in _element.EnumerateObject())
        {
            string name;
            try
            {
                name = member.Name;
            }
            catch (InvalidOperationException problem)
            {
                throw Problem("has a member whose name is no valid text", problem);
            }

            yield return (name, new JsonPlace(_file, path, member.Value));
        }
    }

    /// <summary>The items of an array; none where there is no value.</summary>
    public IEnumerable<JsonPlace> Items()
    {
        if (!Exists) yield break;
        if (_element.ValueKind != JsonValueKind.Array) throw Expected("an array");
        var index = 0;
        var path = Path;
        foreach (var item in _element.EnumerateArray()) yield return new JsonPlace(_file, path, item, index++);
    }

    /// <summary>An exception about a value of the wrong kind.</summary>
    public ModelFormatException Expected(string wanted) =>
        Problem(Kind == JsonValueKind.Undefined ? $"{wanted} was expected, nothing was found" : $"{wanted} was expected, {Name(Kind)} was found");

    private static string Name(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        JsonValueKind.Undefined => "nothing",
        _ => "true or false",
    };

    private string Join(string name) => Path is { Length: > 0 } path ? path + "." + name : name;
}
