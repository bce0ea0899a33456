using System.Text;

namespace Pare.Tests.Formats;

/// <summary>Builds GGUF files by hand, as the format describes them and without the product's writer.</summary>
internal sealed class GgufBytes
{
    private readonly List<byte[]> _values = [];
    private readonly List<byte[]> _tensors = [];

    public uint Version { get; set; } = 3;

    public ulong? ValueCount { get; set; }

    public ulong? TensorCount { get; set; }

    public int Alignment { get; set; } = 32;

    public int DataBytes { get; set; }

    /// <summary>First byte of the data section in the file that was built last.</summary>
    public int DataStart { get; private set; }

    public static byte[] Text(string text) => [.. BitConverter.GetBytes((ulong)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    /// <summary>Adds a key with the bytes of its value.</summary>
    public GgufBytes Value(string key, uint type, params byte[] bytes)
    {
        _values.Add([.. Text(key), .. BitConverter.GetBytes(type), .. bytes]);
        return this;
    }

    /// <summary>Adds an array.</summary>
    public GgufBytes Array(string key, uint elementType, ulong count, params byte[] bytes) =>
        Value(key, 9, [.. BitConverter.GetBytes(elementType), .. BitConverter.GetBytes(count), .. bytes]);

    /// <summary>Adds a tensor; <paramref name="ne"/> is in the file's order, the row's length first.</summary>
    public GgufBytes Tensor(string name, uint type, ulong offset, params ulong[] ne)
    {
        _tensors.Add([.. Text(name), .. BitConverter.GetBytes((uint)ne.Length), .. ne.SelectMany(BitConverter.GetBytes), .. BitConverter.GetBytes(type), .. BitConverter.GetBytes(offset)]);
        return this;
    }

    /// <summary>The file; its data section holds bytes 1, 2, 3 …</summary>
    public byte[] Build()
    {
        List<byte> file = [.. "GGUF"u8, .. BitConverter.GetBytes(Version), .. BitConverter.GetBytes(TensorCount ?? (ulong)_tensors.Count), .. BitConverter.GetBytes(ValueCount ?? (ulong)_values.Count)];
        foreach (var part in _values.Concat(_tensors)) file.AddRange(part);
        while (file.Count % Alignment != 0) file.Add(0);
        DataStart = file.Count;
        for (var i = 0; i < DataBytes; i++) file.Add((byte)(i + 1));
        return [.. file];
    }
}
