using System.Globalization;
using System.Text.Json;
using Pare.Formats;
using Pare.TestSupport;

namespace Pare.Interop.Tests.Formats;

/// <summary>GGUF containers beside @huggingface/gguf: the same file read by both, and a file of ours with every kind of value.</summary>
public sealed class GgufInteropTests
{
    [InteropFact(NeedsShared = true)]
    public void A_published_file_is_read_alike() =>
        AssertReadAlike(SharedFiles.Path("models", "SmolLM2-135M-Instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"));

    [InteropFact]
    public void A_file_of_ours_is_read_alike()
    {
        var folder = Directory.CreateTempSubdirectory("pare-interop");
        try
        {
            var path = Path.Combine(folder.FullName, "values.gguf");
            KeyValuePair<string, GgufValue>[] metadata =
            [
                new("general.architecture", GgufValue.String("llama")),
                new("general.name", GgufValue.String("Ünïcödé — 東京 \U0001F600")),
                new("general.alignment", GgufValue.UInt32(64)),
                new("a.uint8", GgufValue.UInt8(200)),
                new("a.int8", GgufValue.Int8(-100)),
                new("a.uint16", GgufValue.UInt16(65_000)),
                new("a.int16", GgufValue.Int16(-32_000)),
                new("a.uint32", GgufValue.UInt32(4_000_000_000)),
                new("a.int32", GgufValue.Int32(-2_000_000_000)),
                new("a.uint64", GgufValue.UInt64(ulong.MaxValue)),
                new("a.int64", GgufValue.Int64(long.MinValue)),
                new("a.float32", GgufValue.Float32(0.1f)),
                new("a.float64", GgufValue.Float64(Math.PI)),
                new("a.bool", GgufValue.Bool(true)),
                new("a.empty", GgufValue.String("")),
                new("array.text", GgufValue.StringArray(["", "a", "b c", "é"])),
                new("array.int32", GgufValue.Int32Array([-1, 0, 1])),
                new("array.uint32", GgufValue.UInt32Array([9, 3, 1])),
                new("array.float32", GgufValue.Float32Array([1.5f, -2.25f])),
                new("array.bool", GgufValue.BoolArray([true, false, true])),
            ];
            OutgoingTensor[] tensors =
            [
                OutgoingTensor.FromBytes("scalars", ElementType.F32, [3], new byte[12]),
                OutgoingTensor.FromBytes("matrix", ElementType.Q8_0, [5, 64], new byte[5 * 68]),
                OutgoingTensor.FromBytes("cube", ElementType.F16, [2, 3, 5], new byte[60]),
                OutgoingTensor.FromBytes("last", ElementType.BF16, [7], new byte[14]),
            ];
            GgufWriter.Write(path, metadata, tensors);
            AssertReadAlike(path);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void AssertReadAlike(string path)
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
