using System.Buffers.Binary;
using System.Text;
using Pare.Formats;

namespace Pare.Tokenization;

/// <summary>
/// SentencePiece's precompiled character map: a double-array trie over UTF-8 sequences whose values are offsets of replacement texts.
/// Layout: the trie's size in bytes (uint32), the trie (uint32 units), the replacements, each ended by a zero byte.
/// </summary>
internal sealed class CharacterMap
{
    private readonly uint[] _units;
    private readonly byte[] _replacements;

    private CharacterMap(uint[] units, byte[] replacements) => (_units, _replacements) = (units, replacements);

    /// <summary>Reads a map.</summary>
    /// <exception cref="ModelFormatException">The sizes contradict each other.</exception>
    public static CharacterMap Read(ReadOnlySpan<byte> bytes, string file)
    {
        var size = bytes.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : uint.MaxValue;
        if (size > bytes.Length - 4 || size % 4 != 0)
        {
            throw new ModelFormatException(file, "precompiled_charsmap", $"a trie of {size} bytes was announced in a map of {bytes.Length}");
        }

        var units = new uint[size / 4];
        for (var i = 0; i < units.Length; i++) units[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 + (4 * i))..]);
        return new CharacterMap(units, bytes[(4 + (int)size)..].ToArray());
    }

    /// <summary>Replaces, from left to right, the longest sequence known at each place.</summary>
    public string Apply(string text)
    {
        var source = Encoding.UTF8.GetBytes(text);
        var result = new List<byte>(source.Length + 16);
        for (var at = 0; at < source.Length;)
        {
            var length = Longest(source.AsSpan(at), out var replacement);
            if (length > 0)
            {
                result.AddRange(Replacement(replacement));
            }
            else
            {
                Rune.DecodeFromUtf8(source.AsSpan(at), out _, out length);
                result.AddRange(source.AsSpan(at, length));
            }

            at += length;
        }

        return Encoding.UTF8.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(result));
    }

    private ReadOnlySpan<byte> Replacement(uint offset)
    {
        if (offset >= _replacements.Length) return [];
        var text = _replacements.AsSpan((int)offset);
        var end = text.IndexOf((byte)0);
        return end < 0 ? text : text[..end];
    }

    // A unit: bits 0–7 the label and bit 31 (set in a value, so that it matches no byte), bit 8 "has a value", bits 10–30 the offset, shifted by 8 where bit 9 is set.
    private int Longest(ReadOnlySpan<byte> text, out uint value)
    {
        value = 0;
        var longest = 0;
        if (_units.Length == 0) return 0;
        var node = Offset(_units[0]);
        for (var i = 0; i < text.Length; i++)
        {
            node ^= text[i];
            if (node >= _units.Length) break;
            var unit = _units[node];
            if ((unit & 0x800000FF) != text[i]) break;
            node ^= Offset(unit);
            if ((unit & 0x100) == 0) continue;
            if (node >= _units.Length) break;
            value = _units[node] & 0x7FFFFFFF;
            longest = i + 1;
        }

        return longest;
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);
}
