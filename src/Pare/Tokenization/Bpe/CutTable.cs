namespace Pare.Tokenization;

/// <summary>
/// Where a text can be cut before merging without changing the result: between two characters that no token has side by side, for then no merge can join them.
/// Makes words short in models that merge whole texts (SentencePiece), so that their cache works.
/// </summary>
internal sealed class CutTable
{
    // Classes: the ASCII characters each, U+2581, and all others together.
    private const int Mark = 128, Other = 129, Classes = 130;

    private readonly bool[] _joined = new bool[Classes * Classes];

    /// <summary>Creates the table.</summary>
    /// <param name="tokens">The texts of all tokens.</param>
    /// <param name="isKnown">Whether a character is a token; unknown characters that touch may become one token, so they stay together.</param>
    /// <param name="fusesUnknown">Whether they do.</param>
    public CutTable(IEnumerable<string> tokens, Func<char, bool> isKnown, bool fusesUnknown)
    {
        foreach (var token in tokens)
        {
            for (var i = 1; i < token.Length; i++) _joined[(ClassOf(token[i - 1]) * Classes) + ClassOf(token[i])] = true;
        }

        // Keeps surrogate pairs whole.
        _joined[(Other * Classes) + Other] = true;
        if (!fusesUnknown) return;
        var unknown = Enumerable.Range(0, Classes).Where(kind => kind == Other || !isKnown(kind == Mark ? '\u2581' : (char)kind)).ToArray();
        foreach (var a in unknown)
        {
            foreach (var b in unknown) _joined[(a * Classes) + b] = true;
        }
    }

    /// <summary>End of the part that starts at a place: the next cut, or the end of the text.</summary>
    public int EndOfPart(ReadOnlySpan<char> text, int start)
    {
        var joined = _joined;
        var before = ClassOf(text[start]) * Classes;
        for (var i = start + 1; i < text.Length; i++)
        {
            var kind = ClassOf(text[i]);
            if (!joined[before + kind]) return i;
            before = kind * Classes;
        }

        return text.Length;
    }

    private static int ClassOf(char character) => character < 128 ? character : character == '\u2581' ? Mark : Other;
}
