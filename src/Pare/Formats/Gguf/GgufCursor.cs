using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace Pare.Formats;

/// <summary>Reads the little-endian directory of a GGUF file from front to back and never past its end.</summary>
internal sealed class GgufCursor
{
    private const int LongestText = 1 << 28;
    private readonly MappedBytes _bytes;

    public GgufCursor(MappedBytes bytes) => _bytes = bytes;

    /// <summary>Byte that is read next.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes that are left.</summary>
    public long Remaining => _bytes.Length - Position;

    public uint UInt32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(Take(4, what));

    public ulong UInt64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(Take(8, what));

    /// <summary>Reads a count of things that take at least <paramref name="least"/> bytes each, so that a wrong count is found before anything is allocated.</summary>
    public int Count(long least, string what)
    {
        var at = Position;
        var count = UInt64(what);
        if (count > (ulong)(Remaining / least) || count > (ulong)Array.MaxLength)
            throw Fault(at, $"{what}: {count} is more than the {Remaining} bytes that follow can hold; the file is truncated or damaged, so get it again");
        return (int)count;
    }

    /// <summary>Reads a text: its length in bytes, then UTF-8.</summary>
    public string Text(string what)
    {
        var at = Position;
        var length = UInt64(what);
        if (length > (ulong)Remaining) throw Fault(at, $"{what}: a text of {length} bytes is announced, but only {Remaining} bytes follow; the file is truncated or damaged, so get it again");
        if (length > LongestText) throw Fault(at, $"{what}: a text of {length} bytes is longer than the {LongestText} that Pare reads");
        var text = Take((int)length, what);
        return Utf8.IsValid(text) ? Encoding.UTF8.GetString(text) : throw Fault(at, $"{what}: the text is not UTF-8");
    }

    /// <summary>Reads texts that follow each other: the hundred thousand tokens and merges of a vocabulary.</summary>
    /// <remarks>Compiled at once and for good, because the loop runs a few times in a process, and then long; faults are left to <see cref="Text"/>.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public string[] Texts(int count, string what)
    {
        const int Window = 1 << 30;
        var texts = new string[count];
        var rest = _bytes.Slice(Position, (int)Math.Min(Remaining, Window));
        for (var i = 0; i < texts.Length; i++)
        {
            if (rest.Length >= 8 && BinaryPrimitives.ReadUInt64LittleEndian(rest) is var length && length <= (ulong)(rest.Length - 8) && Utf8.IsValid(rest.Slice(8, (int)length)))
            {
                texts[i] = Encoding.UTF8.GetString(rest.Slice(8, (int)length));
                rest = rest[(8 + (int)length)..];
                Position += 8 + (long)length;
            }
            else
            {
                texts[i] = Text(what);
                rest = _bytes.Slice(Position, (int)Math.Min(Remaining, Window));
            }
        }

        return texts;
    }

    /// <summary>Reads numbers of a fixed size.</summary>
    public T[] Numbers<T>(int count, string what)
        where T : unmanaged
    {
        var size = Unsafe.SizeOf<T>();
        if (count > int.MaxValue / size) throw Fault(Position, $"{what}: {count} values are more than Pare reads");
        var bytes = Take(count * size, what);
        if (BitConverter.IsLittleEndian || size == 1) return MemoryMarshal.Cast<byte, T>(bytes).ToArray();
        var swapped = bytes.ToArray();
        for (var i = 0; i < swapped.Length; i += size) swapped.AsSpan(i, size).Reverse();
        return MemoryMarshal.Cast<byte, T>(swapped).ToArray();
    }

    /// <summary>The next bytes, as they are.</summary>
    public ReadOnlySpan<byte> Take(int count, string what)
    {
        if (count > Remaining) throw Fault(Position, $"{what}: {count} bytes were expected, but the file ends after {Remaining}; it is truncated, so get it again");
        var bytes = _bytes.Slice(Position, count);
        Position += count;
        return bytes;
    }

    /// <summary>The exception for a byte of the file.</summary>
    public ModelFormatException Fault(long at, string problem) => new(_bytes.Name, $"byte {at}", problem);
}
