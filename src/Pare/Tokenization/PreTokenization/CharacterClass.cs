using System.Globalization;
using System.Text;

namespace Pare.Tokenization;

/// <summary>What the pre-tokenization patterns ask of a character.</summary>
internal enum CharacterClass : byte
{
    /// <summary>Neither letter nor number nor white space.</summary>
    Other,

    /// <summary>General category L.</summary>
    Letter,

    /// <summary>General category N.</summary>
    Number,

    /// <summary>Unicode White_Space.</summary>
    Space,
}

/// <summary>Looks up character classes; a surrogate pair counts as the one character that it is.</summary>
internal static class CharacterClasses
{
    private static readonly CharacterClass[] BasicPlane = MakeBasicPlane();

    /// <summary>Class of the character at a place, and how many UTF-16 units it takes.</summary>
    public static CharacterClass At(ReadOnlySpan<char> text, int at, out int units)
    {
        var character = text[at];
        units = 1;
        if (!char.IsHighSurrogate(character) || at + 1 >= text.Length || !char.IsLowSurrogate(text[at + 1])) return BasicPlane[character];
        units = 2;
        return Of(CharUnicodeInfo.GetUnicodeCategory(char.ConvertToUtf32(character, text[at + 1])));
    }

    /// <summary>End of the run of characters of one class that starts at a place.</summary>
    public static int EndOfRun(ReadOnlySpan<char> text, int at, CharacterClass wanted)
    {
        while (at < text.Length)
        {
            var character = text[at];
            if (!char.IsSurrogate(character))
            {
                if (BasicPlane[character] != wanted) break;
                at++;
                continue;
            }

            if (At(text, at, out var units) != wanted) break;
            at += units;
        }

        return at;
    }

    /// <summary>True for a letter, mark, decimal digit, connector or joiner: what <c>\w</c> means in Unicode patterns.</summary>
    public static bool IsWord(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => true,
        UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber => true,
        var category => Of(category) == CharacterClass.Letter || rune.Value is 0x200C or 0x200D,
    };

    private static CharacterClass Of(UnicodeCategory category) => category switch
    {
        <= UnicodeCategory.OtherLetter => CharacterClass.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterClass.Number,
        _ => CharacterClass.Other,
    };

    private static CharacterClass[] MakeBasicPlane()
    {
        var classes = new CharacterClass[0x10000];
        for (var i = 0; i < classes.Length; i++)
        {
            classes[i] = char.IsWhiteSpace((char)i) ? CharacterClass.Space : Of(CharUnicodeInfo.GetUnicodeCategory((char)i));
        }

        return classes;
    }
}
