using System.Globalization;
using System.Text.Json.Nodes;
using Pare.Formats;

namespace Pare.Models.Gguf;

/// <summary>What a family reads its configuration from when the model is a GGUF file: metadata under the family's prefix, and which tensors there are.</summary>
internal sealed class GgufSource(GgufFile file, string prefix)
{
    public GgufMetadata Metadata => file.Metadata;

    public IReadOnlyDictionary<string, StoredTensor> Tensors => file.Tensors;

    public string Key(string key) => $"{prefix}.{key}";

    public bool Has(string key) => Metadata.ContainsKey(Key(key));

    public int Size(string key) => Metadata.GetInt32(Key(key));

    public int Size(string key, int otherwise) => Metadata.GetInt32(Key(key), otherwise);

    public string? Text(string key) => Metadata.GetString(Key(key), null);

    public bool Flag(string key, bool otherwise) => Metadata.GetBool(Key(key), otherwise);

    /// <summary>A number with the digits that its binary32 stands for: 1e-5, not 9.99999974737875e-6.</summary>
    /// <exception cref="ModelFormatException">It is not finite.</exception>
    public double? Number(string key)
    {
        if (!Has(key)) return null;
        var value = Metadata.GetFloat(Key(key));
        return float.IsFinite(value) ? Decimal(value) : throw Problem(Key(key), $"expected a finite number, found {value}");
    }

    public double Number(string key, double otherwise) => Number(key) ?? otherwise;

    /// <summary>A whole number where all layers agree, else a list.</summary>
    public JsonNode PerLayer(string key, int layers)
    {
        var values = Metadata.GetInt32PerLayer(Key(key), layers);
        return values.Distinct().Count() == 1 ? JsonValue.Create(values[0]) : new JsonArray([.. values.Select(value => (JsonNode)value)]);
    }

    /// <summary>Whether any block has a tensor of this name.</summary>
    public bool AnyBlockHas(string tensor) => Tensors.Keys.Any(name =>
        name.StartsWith("blk.", StringComparison.Ordinal) && name.EndsWith("." + tensor, StringComparison.Ordinal));

    /// <summary>Values of a small tensor, such as rotary factors.</summary>
    public double[]? Values(string tensor)
    {
        if (!Tensors.TryGetValue(tensor, out var stored)) return null;
        if (stored.Rows != 1 || stored.Columns > 4096 || !stored.Type.IsWeightType() || stored.Columns % stored.Type.BlockLength() != 0)
            throw Problem(tensor, $"expected one row of at most 4096 numbers, found shape [{string.Join(", ", stored.Shape)}] of {stored.Type}");
        var values = new float[stored.Columns];
        WeightCodec.Dequantize(stored.Type, stored.RowBytes(0), values);
        return Array.FindIndex(values, value => !float.IsFinite(value) || value <= 0) is >= 0 and var wrong
            ? throw Problem(tensor, $"expected positive factors, found {values[wrong]} at place {wrong}")
            : [.. values.Select(Decimal)];
    }

    public ModelFormatException Problem(string place, string problem) => new(file.FilePath, place, problem);

    private static double Decimal(float value) => double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
