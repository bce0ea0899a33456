using System.Buffers;
using System.Text;

namespace Pare.Tokenization;

/// <summary>The bytes that each token stands for, and what is done to them when tokens become text.</summary>
internal sealed class TokenDecoder
{
    private readonly byte[] _bytes;
    private readonly int[] _offsets;

    /// <summary>Creates a decoder from the bytes of every id; null where an id has no token.</summary>
    public TokenDecoder(IReadOnlyList<byte[]?> pieces)
    {
        _offsets = new int[pieces.Count + 1];
        for (var i = 0; i < pieces.Count; i++) _offsets[i + 1] = checked(_offsets[i] + (pieces[i]?.Length ?? 0));
        _bytes = new byte[_offsets[^1]];
        for (var i = 0; i < pieces.Count; i++) pieces[i]?.CopyTo(_bytes.AsSpan(_offsets[i]));
    }

    /// <summary>Put between tokens (tokenizer.json without a decoder joins them with a space); empty for all common tokenizers.</summary>
    public byte[] Separator { get; init; } = [];

    /// <summary>How many spaces are taken off the start of the text: the dummy prefix of SentencePiece.</summary>
    public int LeadingSpaces { get; init; }

    /// <summary>True where only the first token's leading spaces are taken off, but all of them.</summary>
    public bool StripsFirstToken { get; init; }

    /// <summary>True where each undecodable byte becomes U+FFFD (byte fallback), false where each broken sequence does (byte level).</summary>
    public bool ReplacesEachByte { get; init; }

    /// <summary>Bytes of a token.</summary>
    public ReadOnlySpan<byte> Bytes(int id) => _bytes.AsSpan(_offsets[id].._offsets[id + 1]);

    /// <summary>Length of the part of the bytes that more bytes cannot change.</summary>
    public static int SettledLength(ReadOnlySpan<byte> bytes)
    {
        for (var back = 1; back <= 3 && back <= bytes.Length; back++)
        {
            var start = bytes.Length - back;
            if ((bytes[start] & 0xC0) == 0x80) continue;
            return Rune.DecodeFromUtf8(bytes[start..], out _, out _) == OperationStatus.NeedMoreData ? start : bytes.Length;
        }

        return bytes.Length;
    }

    /// <summary>The text of bytes, with U+FFFD for what is not UTF-8.</summary>
    public string ToText(ReadOnlySpan<byte> bytes)
    {
        if (!ReplacesEachByte || System.Text.Unicode.Utf8.IsValid(bytes)) return Encoding.UTF8.GetString(bytes);
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(bytes, out var rune, out var used);
            if (status == OperationStatus.Done) text.Append(rune.ToString());
            else text.Append('\uFFFD', used);
            bytes = bytes[used..];
        }

        return text.ToString();
    }
}
