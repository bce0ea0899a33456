using System.Text.Json;

namespace Pare.Formats;

/// <summary>Reads the JSON header of a safetensors file, trusting nothing in it.</summary>
internal sealed class SafetensorsHeader
{
    /// <summary>Longest header accepted, as in the reference implementation.</summary>
    public const int MaxBytes = 100_000_000;

    /// <summary>Most axes a tensor may have.</summary>
    public const int MaxRank = 32;

    private const int MaxDepth = 8;
    private readonly string _file;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    private SafetensorsHeader(string file) => _file = file;

    /// <summary>The tensors, in the header's order.</summary>
    public List<TensorExtent> Tensors { get; } = [];

    /// <summary>The free texts under <c>__metadata__</c>.</summary>
    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads a header.</summary>
    /// <param name="file">Path for messages.</param>
    /// <param name="json">The header's bytes.</param>
    /// <param name="offset">Where they begin in the file.</param>
    /// <returns>What the header says; sizes and types are checked, offsets only against each other.</returns>
    /// <exception cref="ModelFormatException">The header is no JSON of the kind expected.</exception>
    public static SafetensorsHeader Parse(string file, ReadOnlySpan<byte> json, long offset)
    {
        var header = new SafetensorsHeader(file);
        BoundedJson.CheckText(file, json, offset, MaxDepth);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            header.ReadAll(ref reader);
            while (reader.Read())
            {
            }
        }
        catch (JsonException e)
        {
            throw BoundedJson.Fault(file, json, offset, e);
        }

        return header;
    }

    private void ReadAll(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw Fault("header", "a JSON object was expected");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (!_names.Add(name)) throw Fault(TensorExtent.Place(name), "the name occurs twice in the header");
            reader.Read();
            if (name == "__metadata__") ReadMetadata(ref reader);
            else Tensors.Add(ReadTensor(ref reader, name));
        }
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw Fault("__metadata__", "an object of texts was expected");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String) throw Fault($"__metadata__ '{TensorExtent.Short(key)}'", $"a text was expected, {reader.TokenType} was found");
            if (!Metadata.TryAdd(key, reader.GetString()!)) throw Fault($"__metadata__ '{TensorExtent.Short(key)}'", "the key occurs twice");
        }
    }

    private TensorExtent ReadTensor(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw Fault(TensorExtent.Place(name), "an object with dtype, shape and data_offsets was expected");
        string? type = null;
        long[]? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("dtype"u8))
            {
                reader.Read();
                if (type is not null || reader.TokenType != JsonTokenType.String) throw Fault(TensorExtent.Place(name), "dtype must stand once and be a text");
                type = reader.GetString();
            }
            else if (reader.ValueTextEquals("shape"u8))
            {
                if (shape is not null) throw Fault(TensorExtent.Place(name), "shape stands twice");
                shape = ReadNumbers(ref reader, name, "shape", MaxRank);
            }
            else if (reader.ValueTextEquals("data_offsets"u8))
            {
                if (offsets is not null) throw Fault(TensorExtent.Place(name), "data_offsets stands twice");
                offsets = ReadNumbers(ref reader, name, "data_offsets", 2);
            }
            else
            {
                reader.Skip();
            }
        }

        if (type is null || shape is null || offsets is null)
            throw Fault(TensorExtent.Place(name), $"{(type is null ? "dtype" : shape is null ? "shape" : "data_offsets")} is missing");
        return Check(name, type, shape, offsets);
    }

    private TensorExtent Check(string name, string typeName, long[] shape, long[] offsets)
    {
        if (!SafetensorsTypes.TryParse(typeName, out var type))
            throw Fault(TensorExtent.Place(name), $"its type '{TensorExtent.Short(typeName)}' is none that Pare reads (F64, F32, F16, BF16, F8_E4M3, F8_E5M2, I8 to I64, U8 to U64, BOOL); convert the weights to BF16 first");
        if (offsets.Length != 2 || offsets[0] > offsets[1])
            throw Fault(TensorExtent.Place(name), $"data_offsets {TensorExtent.Describe(offsets)} are no [begin, end]");
        var expected = TensorExtent.SizeOf(_file, name, type, shape);
        if (offsets[1] - offsets[0] != expected)
            throw Fault(TensorExtent.Place(name), $"{typeName} {TensorExtent.Describe(shape)} takes {expected} bytes, but data_offsets {TensorExtent.Describe(offsets)} hold {offsets[1] - offsets[0]}");
        return new TensorExtent(name, type, shape, offsets[0], offsets[1]);
    }

    private long[] ReadNumbers(ref Utf8JsonReader reader, string name, string key, int most)
    {
        Span<long> numbers = stackalloc long[MaxRank];
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) throw Fault(TensorExtent.Place(name), $"{key} must be a list of whole numbers");
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (count == most) throw Fault(TensorExtent.Place(name), $"{key} has more than {most} numbers");
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0)
                throw Fault(TensorExtent.Place(name), $"{key} must be a list of whole numbers from 0 to 2^63 - 1");
            numbers[count++] = number;
        }

        return numbers[..count].ToArray();
    }

    private ModelFormatException Fault(string place, string problem) => new(_file, place, problem);
}
