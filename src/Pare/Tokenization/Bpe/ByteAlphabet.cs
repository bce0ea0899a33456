namespace Pare.Tokenization;

/// <summary>
/// The byte alphabet of GPT-2 (Radford et al. 2019): every byte has a printable character. Bytes 0x21–0x7E, 0xA1–0xAC and 0xAE–0xFF are themselves;
/// the other 68 are U+0100, U+0101, … in order, so a space is U+0120.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = MakeCharacters();
    private static readonly short[] Bytes = MakeBytes();

    /// <summary>Character of a byte.</summary>
    public static char ToCharacter(byte value) => Characters[value];

    /// <summary>Byte of a character, or -1 where the character is not in the alphabet.</summary>
    public static int ToByte(char character) => character < Bytes.Length ? Bytes[character] : -1;

    /// <summary>The bytes that a token spells, or null where a character of it is not in the alphabet.</summary>
    public static byte[]? ToBytes(string token)
    {
        var bytes = new byte[token.Length];
        for (var i = 0; i < bytes.Length; i++)
        {
            var value = ToByte(token[i]);
            if (value < 0) return null;
            bytes[i] = (byte)value;
        }

        return bytes;
    }

    /// <summary>The token that spells the bytes.</summary>
    public static string ToToken(ReadOnlySpan<byte> bytes)
    {
        var characters = new char[bytes.Length];
        for (var i = 0; i < bytes.Length; i++) characters[i] = Characters[bytes[i]];
        return new string(characters);
    }

    private static char[] MakeCharacters()
    {
        var characters = new char[256];
        var next = '\u0100';
        for (var i = 0; i < 256; i++)
        {
            var printable = i is (>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[i] = printable ? (char)i : next++;
        }

        return characters;
    }

    private static short[] MakeBytes()
    {
        var bytes = new short[0x144];
        bytes.AsSpan().Fill(-1);
        for (var i = 0; i < 256; i++) bytes[Characters[i]] = (short)i;
        return bytes;
    }
}
