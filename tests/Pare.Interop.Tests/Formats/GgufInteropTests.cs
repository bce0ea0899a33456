using Pare.Formats;
using Pare.TestSupport;

namespace Pare.Interop.Tests.Formats;

/// <summary>GGUF containers beside @huggingface/gguf: the same file read by both, and a file of ours with every kind of value.</summary>
public sealed class GgufInteropTests
{
    [InteropFact(NeedsShared = true)]
    public void A_published_file_is_read_alike() =>
        GgufReaders.AssertReadAlike(SharedFiles.Path("models", "SmolLM2-135M-Instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"));

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
            GgufReaders.AssertReadAlike(path);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
