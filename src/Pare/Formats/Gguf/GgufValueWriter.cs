using System.Buffers.Binary;
using System.Text;

namespace Pare.Formats;

/// <summary>Writes the little-endian directory of a GGUF file.</summary>
internal sealed class GgufValueWriter
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly MemoryStream _stream;

    public GgufValueWriter(MemoryStream stream) => _stream = stream;

    public void UInt32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _stream.Write(bytes);
    }

    public void UInt64(ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        _stream.Write(bytes);
    }

    /// <summary>Writes a text: its length in bytes, then UTF-8.</summary>
    /// <exception cref="EncoderFallbackException">The text holds half of a surrogate pair.</exception>
    public void Text(string text)
    {
        var bytes = s_strict.GetBytes(text);
        UInt64((ulong)bytes.Length);
        _stream.Write(bytes);
    }

    /// <summary>Writes a type and the value.</summary>
    public void Value(GgufValue value)
    {
        UInt32((uint)value.Type);
        if (value.Elements is { } elements) Elements(value.ElementType!.Value, elements);
        else if (value.TryGetString(out var text)) Text(text);
        else Bits(value.Bits, Size(value.Type));
    }

    private void Elements(GgufValueType type, Array elements)
    {
        UInt32((uint)type);
        UInt64((ulong)elements.LongLength);
        switch (elements)
        {
            case string[] texts:
                foreach (var text in texts) Text(text);
                break;
            case GgufValue[] arrays:
                foreach (var inner in arrays) Elements(inner.ElementType!.Value, inner.Elements!);
                break;
            case bool[] truths:
                foreach (var truth in truths) _stream.WriteByte(truth ? (byte)1 : (byte)0);
                break;
            default:
                Numbers(elements, Size(type));
                break;
        }
    }

    private void Numbers(Array elements, int size)
    {
        var bytes = new byte[checked(elements.Length * size)];
        Buffer.BlockCopy(elements, 0, bytes, 0, bytes.Length);
        if (!BitConverter.IsLittleEndian)
        {
            for (var i = 0; i < bytes.Length; i += size) bytes.AsSpan(i, size).Reverse();
        }

        _stream.Write(bytes);
    }

    private void Bits(ulong bits, int size)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, bits);
        _stream.Write(bytes[..size]);
    }

    private static int Size(GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        _ => 8,
    };
}
