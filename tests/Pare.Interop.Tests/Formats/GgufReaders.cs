using System.Globalization;
using System.Text.Json;
using Pare.Formats;

namespace Pare.Interop.Tests.Formats;

/// <summary>One GGUF file read by Pare and by @huggingface/gguf.</summary>
internal static class GgufReaders
{
    /// <summary>Asserts that keys, types, values, and the tensors' names, shapes, types and places are the same.</summary>
    public static void AssertReadAlike(string path)
    {
        using var document = JsonDocument.Parse(NodeScript.Run("read-gguf.mjs", null, path));
        using var ours = GgufFile.Open(path);
        var theirs = document.RootElement.GetProperty("metadata").EnumerateArray().ToList();
        Assert.Equal(theirs.Select(entry => entry[0].GetString()), ours.Metadata.Keys);
        foreach (var entry in theirs)
        {
            var value = ours.Metadata[entry[0].GetString()!];
            var type = value.Type.ToString() + (value.ElementType is { } element ? ":" + element : "");
            Assert.Equal(entry[1].GetString()!.ToUpperInvariant(), type.ToUpperInvariant());
            Assert.Equal(Values(entry[2]), Values(value));
        }

        var tensors = document.RootElement.GetProperty("tensors").EnumerateArray().ToList();
        Assert.Equal(tensors.Count, ours.Tensors.Count);
        var start = ours.InOrder.Count == 0 ? 0 : Address(ours.InOrder[0]);
        foreach (var entry in tensors)
        {
            var tensor = ours.Tensors[entry[0].GetString()!];
            Assert.Equal(entry[1].EnumerateArray().Select(size => size.GetInt64()).Reverse(), tensor.Shape);
            Assert.Equal(entry[2].GetUInt32(), GgmlTypes.Number(tensor.Type));
            Assert.Equal(entry[3].GetInt64(), Address(tensor) - start);
        }
    }

    private static unsafe long Address(StoredTensor tensor) => (long)tensor.Data;

    // Numbers compare as they are written by the shortest round trip of their own precision, so that nothing is lost on either side.
    private static IEnumerable<string> Values(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Values),
        JsonValueKind.Number => [((float)value.GetDouble()).ToString("R", CultureInfo.InvariantCulture)],
        JsonValueKind.True => ["true"],
        JsonValueKind.False => ["false"],
        _ => [value.GetString()!],
    };

    private static IEnumerable<string> Values(GgufValue value) =>
        value.TryGetStrings(out var texts) ? texts
        : value.TryGetString(out var text) ? [text]
        : value.TryGetBools(out var truths) ? truths.Select(truth => truth ? "true" : "false")
        : value.TryGetBool(out var flag) ? [flag ? "true" : "false"]
        : value.Type == GgufValueType.UInt64 && value.TryGetUInt64(out var unsigned) ? [unsigned.ToString(CultureInfo.InvariantCulture)]
        : value.Type == GgufValueType.Int64 && value.TryGetInt64(out var signed) ? [signed.ToString(CultureInfo.InvariantCulture)]
        : value.TryGetFloats(out var numbers) ? numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture))
        : value.TryGetInt32s(out var integers) ? integers.Select(number => ((float)number).ToString("R", CultureInfo.InvariantCulture))
        : value.TryGetDouble(out var number) ? [((float)number).ToString("R", CultureInfo.InvariantCulture)]
        : throw new InvalidOperationException($"no text for a value of type {value.Type}");
}
