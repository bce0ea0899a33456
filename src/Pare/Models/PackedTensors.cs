using System.Text.Json;
using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Models;

/// <summary>Tensors in block formats inside safetensors: stored as bytes [rows, bytes of a row], described by pare.json.</summary>
internal static unsafe class PackedTensors
{
    /// <summary>Key of pare.json: tensor name → { "format", "columns", "layout" }.</summary>
    public const string Key = "packedTensors";

    /// <summary>Describes one packed tensor for pare.json.</summary>
    public static JsonObject Describe(ElementType type, int columns) => new() { ["format"] = type.Label(), ["columns"] = columns };

    /// <summary>Replaces the described byte tensors by what they stand for.</summary>
    public static IReadOnlyDictionary<string, StoredTensor> Unwrap(
        string file, JsonObject provenance, IReadOnlyDictionary<string, StoredTensor> tensors, HashSet<string> rowLayout)
    {
        if (provenance[Key] is null) return tensors;
        if (provenance[Key] is not JsonObject packed) throw new ModelFormatException(file, Key, "expected an object");
        var result = new Dictionary<string, StoredTensor>(tensors);
        foreach (var (name, description) in packed)
        {
            var (type, columns) = Read(file, name, description);
            if (!tensors.TryGetValue(name, out var bytes)) throw new ModelFormatException(file, name, "is described here but missing among the tensors");
            if (bytes.Type != ElementType.U8 || bytes.Shape.Length != 2 || columns % type.BlockLength() != 0 || bytes.Columns != type.RowBytes(columns))
            {
                throw new ModelFormatException(file, name,
                    $"rows of {columns} {type.Label()} weights do not fit the stored {bytes.Type} tensor of shape [{string.Join(", ", bytes.Shape)}]");
            }

            result[name] = new StoredTensor(name, type, [bytes.Shape[0], columns], bytes.Data, bytes.ByteLength, bytes.Owner);
            rowLayout.Add(name);
        }

        return result;
    }

    private static (ElementType Type, int Columns) Read(string file, string name, JsonNode? description)
    {
        if (description is JsonObject entry
            && entry["format"] is JsonValue format && format.GetValueKind() == JsonValueKind.String
            && ElementTypes.TryParse(format.GetValue<string>(), out var type) && type.IsWeightType()
            && entry["columns"] is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.TryGetValue(out int columns) && columns > 0)
            return (type, columns);
        throw new ModelFormatException(file, name, "expected { \"format\": a weight format, \"columns\": a positive number }");
    }
}
