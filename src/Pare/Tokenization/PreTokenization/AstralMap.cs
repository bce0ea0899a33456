using System.Globalization;

namespace Pare.Tokenization;

/// <summary>A text in which each surrogate pair is one stand-in character of the same general category, with the way back.</summary>
internal sealed class AstralMap
{
    // One rarely used character of the Basic Plane per category, in the order of UnicodeCategory.
    private const string StandIns =
        "\uA640\uA641\u1F88\uA717\uA000\u0F84\u0F3E\u20DD\uA620\u16EE\u0F2A\u1680\u2028\u2029\u0001\u2060\uD800\uE000\u203F\u1400\u0F3A\u0F3B\u2E02\u2E03\u0F04\u2200\u20B1\u02C2\u2800\u0378";

    private readonly char[] _text;
    private readonly int[] _source;

    private AstralMap(char[] text, int[] source) => (_text, _source) = (text, source);

    /// <summary>The text with stand-ins.</summary>
    public ReadOnlySpan<char> Text => _text;

    /// <summary>Maps a text, or returns null where it has no surrogate pair.</summary>
    public static AstralMap? Create(ReadOnlySpan<char> text)
    {
        if (text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0) return null;
        var mapped = new char[text.Length];
        var source = new int[text.Length + 1];
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            source[count] = i;
            var isPair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            mapped[count++] = isPair ? StandIns[(int)CharUnicodeInfo.GetUnicodeCategory(char.ConvertToUtf32(text[i], text[i + 1]))] : text[i];
            if (isPair) i++;
        }

        source[count] = text.Length;
        return new AstralMap(mapped[..count], source);
    }

    /// <summary>Place in the source of a place in the mapped text.</summary>
    public int ToSource(int at) => _source[at];
}
