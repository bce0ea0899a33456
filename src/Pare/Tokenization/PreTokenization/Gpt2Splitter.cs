namespace Pare.Tokenization;

/// <summary>GPT-2's words: <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>, scanned by hand.</summary>
internal sealed class Gpt2Splitter : PreTokenizer
{
    /// <summary>The pattern.</summary>
    public const string Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    public override void Split(ReadOnlySpan<char> text, EncodeState state, int next)
    {
        for (var at = 0; at < text.Length;)
        {
            var end = EndOfWord(text, at);
            state.Emit(text[at..end], next);
            at = end;
        }
    }

    /// <summary>End of the word that starts at a place.</summary>
    internal static int EndOfWord(ReadOnlySpan<char> text, int at)
    {
        if (text[at] == '\'' && EndOfContraction(text, at, ignoreCase: false) is var end and > 0) return end;
        var body = text[at] == ' ' && at + 1 < text.Length ? at + 1 : at;
        var kind = CharacterClasses.At(text, body, out var units);
        return kind == CharacterClass.Space ? EndOfSpaces(text, at) : CharacterClasses.EndOfRun(text, body + units, kind);
    }

    /// <summary>End of <c>'s 't 'm 'd 're 've 'll</c> at an apostrophe, or -1.</summary>
    internal static int EndOfContraction(ReadOnlySpan<char> text, int at, bool ignoreCase)
    {
        if (at + 1 >= text.Length) return -1;
        var first = ignoreCase ? Lower(text[at + 1]) : text[at + 1];
        if (first is 's' or 't' or 'm' or 'd') return at + 2;
        if (at + 2 >= text.Length) return -1;
        var second = ignoreCase ? Lower(text[at + 2]) : text[at + 2];
        return (first, second) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? at + 3 : -1;
    }

    /// <summary>End of <c>\s+(?!\S)|\s+</c>: all white space up to the end of the text, else all but the last before a word, else the one.</summary>
    internal static int EndOfSpaces(ReadOnlySpan<char> text, int at)
    {
        var end = CharacterClasses.EndOfRun(text, at, CharacterClass.Space);
        return end == text.Length || end - at == 1 ? end : end - 1;
    }

    private static char Lower(char character) => character is >= 'A' and <= 'Z' ? (char)(character | 0x20) : character;
}
