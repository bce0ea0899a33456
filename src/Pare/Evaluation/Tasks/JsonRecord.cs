using System.Globalization;
using System.Text.Json;
using Pare.Formats;

namespace Pare.Evaluation.Tasks;

/// <summary>One line of a JSON-lines file, read by field.</summary>
internal readonly struct JsonRecord(string file, int line, JsonElement fields)
{
    private const int DeepestNesting = 32;

    /// <summary>The records of a file; empty lines are passed over.</summary>
    /// <exception cref="ModelFormatException">A line is no JSON object; the message has its number.</exception>
    public static IEnumerable<JsonRecord> ReadLines(string file, byte[] bytes)
    {
        var options = new JsonDocumentOptions { MaxDepth = DeepestNesting };
        var start = bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
        for (var line = 1; start < bytes.Length; line++)
        {
            var length = bytes.AsSpan(start).IndexOf((byte)'\n');
            if (length < 0) length = bytes.Length - start;
            var content = bytes.AsMemory(start, length);
            start += length + 1;
            if (content.Span.Trim(" \t\r"u8).IsEmpty) continue;
            yield return Parse(file, line, content, options);
        }
    }

    /// <summary>A message about this line.</summary>
    public ModelFormatException Problem(string problem) => new(file, $"line {line}", problem);

    /// <summary>A text.</summary>
    public string Text(string field) => Text(field, Field(field));

    /// <summary>A text, or the digits of a number.</summary>
    public string TextOrNumber(string field)
    {
        var value = Field(field);
        return value.ValueKind == JsonValueKind.Number ? value.GetRawText() : Text(field, value);
    }

    /// <summary>Two or more texts.</summary>
    public string[] Texts(string field)
    {
        var value = Field(field);
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() < 2)
            throw Problem($"field '{field}' must be a list of at least two texts, is {Describe(value)}");
        var record = this;
        return [.. value.EnumerateArray().Select(element => record.Text(field, element))];
    }

    /// <summary>An index from 0, as a number or as a text of digits.</summary>
    public int Index(string field, int count)
    {
        var text = TextOrNumber(field);
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < count) return index;
        throw Problem($"field '{field}' must be the index of one of {count} choices, is {text}");
    }

    /// <summary>Whether a field is a number (and not a text of digits).</summary>
    public bool IsNumber(string field) => Field(field).ValueKind == JsonValueKind.Number;

    private static JsonRecord Parse(string file, int line, ReadOnlyMemory<byte> content, JsonDocumentOptions options)
    {
        try
        {
            using var document = JsonDocument.Parse(content, options);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new ModelFormatException(file, $"line {line}", $"must be a JSON object, is {Describe(document.RootElement)}");
            return new JsonRecord(file, line, document.RootElement.Clone());
        }
        catch (JsonException exception)
        {
            throw new ModelFormatException(file, $"line {line}", $"is no JSON: {exception.Message}", exception);
        }
    }

    private static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => $"a list of {value.GetArrayLength()}",
        JsonValueKind.Object => "an object",
        JsonValueKind.String => "a text",
        _ => value.GetRawText(),
    };

    private JsonElement Field(string field) =>
        fields.TryGetProperty(field, out var value) ? value
            : throw Problem($"has no field '{field}'; it has {string.Join(", ", fields.EnumerateObject().Select(property => property.Name).Take(12))}");

    private string Text(string field, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String) throw Problem($"field '{field}' must be a text, is {Describe(value)}");
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw new ModelFormatException(file, $"line {line}", $"field '{field}' holds no valid text: {exception.Message}", exception);
        }
    }
}
