namespace Pare.Tokenization;

/// <summary>
/// The words of the GPT-4 kind of pattern, which Llama 3 (numbers of up to three digits), Qwen 2 and 3 (one digit) and OLMo 2 share:
/// <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,k}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>, scanned by hand.
/// </summary>
internal sealed class Cl100kSplitter(int longestNumber) : PreTokenizer
{
    /// <summary>The longest number for a pattern that this scanner knows, or 0 for any other pattern.</summary>
    public static int LongestNumber(string pattern)
    {
        // Possessive quantifiers and the spelling of the contractions change nothing in what these patterns match.
        var plain = pattern.Replace("?+", "?", StringComparison.Ordinal).Replace("++", "+", StringComparison.Ordinal)
            .Replace("{1,3}+", "{1,3}", StringComparison.Ordinal)
            .Replace(@"'(?i:[sdmt]|ll|ve|re)", "(?i:'s|'t|'re|'ve|'m|'ll|'d)", StringComparison.Ordinal)
            .Replace(@"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])", "(?i:'s|'t|'re|'ve|'m|'ll|'d)", StringComparison.Ordinal);
        const string head = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|";
        const string tail = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
        const string shortTail = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+";
        return plain switch
        {
            head + @"\p{N}{1,3}" + tail or head + @"\p{N}{1,3}" + shortTail => 3,
            head + @"\p{N}" + tail => 1,
            _ => 0,
        };
    }

    public override void Split(ReadOnlySpan<char> text, EncodeState state, int next)
    {
        for (var at = 0; at < text.Length;)
        {
            var end = EndOfWord(text, at);
            state.Emit(text[at..end], next);
            at = end;
        }
    }

    private int EndOfWord(ReadOnlySpan<char> text, int at)
    {
        var first = text[at];
        if (first == '\'' && Gpt2Splitter.EndOfContraction(text, at, ignoreCase: true) is var contraction and > 0) return contraction;
        var kind = CharacterClasses.At(text, at, out var units);
        if (kind == CharacterClass.Letter) return CharacterClasses.EndOfRun(text, at, CharacterClass.Letter);
        if (kind == CharacterClass.Number) return EndOfNumber(text, at);
        var after = at + units;
        if (first is not ('\r' or '\n') && after < text.Length && CharacterClasses.At(text, after, out _) == CharacterClass.Letter)
        {
            return CharacterClasses.EndOfRun(text, after, CharacterClass.Letter);
        }

        var body = first == ' ' ? after : at;
        if (body < text.Length && CharacterClasses.At(text, body, out _) == CharacterClass.Other)
        {
            var end = CharacterClasses.EndOfRun(text, body, CharacterClass.Other);
            while (end < text.Length && text[end] is '\r' or '\n') end++;
            return end;
        }

        return EndOfSpaces(text, at);
    }

    private int EndOfNumber(ReadOnlySpan<char> text, int at)
    {
        for (var digits = 0; digits < longestNumber && at < text.Length; digits++)
        {
            if (CharacterClasses.At(text, at, out var units) != CharacterClass.Number) break;
            at += units;
        }

        return at;
    }

    private static int EndOfSpaces(ReadOnlySpan<char> text, int at)
    {
        var end = CharacterClasses.EndOfRun(text, at, CharacterClass.Space);
        var lineEnd = text[at..end].LastIndexOfAny('\r', '\n');
        return lineEnd >= 0 ? at + lineEnd + 1 : Gpt2Splitter.EndOfSpaces(text, at);
    }
}
