using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Pare.Interop.Tests;

/// <summary>Recorded figures in a safetensors file, read without the product's reader so that both sides of a comparison do not share it.</summary>
internal sealed class RecordedTensors
{
    private readonly byte[] _bytes;
    private readonly JsonElement _header;
    private readonly int _dataStart;

    private RecordedTensors(byte[] bytes, JsonElement header, int dataStart)
    {
        _bytes = bytes;
        _header = header;
        _dataStart = dataStart;
    }

    public static RecordedTensors Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        using var document = JsonDocument.Parse(bytes.AsMemory(8, length));
        return new RecordedTensors(bytes, document.RootElement.Clone(), 8 + length);
    }

    public int[] Integers(string name) => Array.ConvertAll(MemoryMarshal.Cast<byte, long>(Data(name, "I64")).ToArray(), value => checked((int)value));

    public float[] Floats(string name) => MemoryMarshal.Cast<byte, float>(Data(name, "F32")).ToArray();

    public int[] Shape(string name) => [.. _header.GetProperty(name).GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())];

    private ReadOnlySpan<byte> Data(string name, string type)
    {
        var entry = _header.GetProperty(name);
        Assert.Equal(type, entry.GetProperty("dtype").GetString());
        var offsets = entry.GetProperty("data_offsets");
        return _bytes.AsSpan((_dataStart + offsets[0].GetInt32())..(_dataStart + offsets[1].GetInt32()));
    }
}
