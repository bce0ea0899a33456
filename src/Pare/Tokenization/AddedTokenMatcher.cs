using System.Buffers;
using System.Text;

namespace Pare.Tokenization;

/// <summary>Finds added tokens in a text: the leftmost first, of those that start at one place the longest.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly SearchValues<string>? _search;
    private readonly Dictionary<char, List<(string Text, AddedToken Token)>> _byFirst = [];

    /// <summary>Creates a matcher.</summary>
    /// <param name="tokens">What to look for, and the token that it stands for; of equal texts the last counts.</param>
    public AddedTokenMatcher(IEnumerable<(string Text, AddedToken Token)> tokens)
    {
        var distinct = new Dictionary<string, AddedToken>(StringComparer.Ordinal);
        foreach (var (text, token) in tokens)
        {
            if (text.Length > 0) distinct[text] = token;
        }

        if (distinct.Count == 0) return;
        _search = SearchValues.Create([.. distinct.Keys], StringComparison.Ordinal);
        foreach (var (text, token) in distinct)
        {
            if (!_byFirst.TryGetValue(text[0], out var list)) _byFirst[text[0]] = list = [];
            list.Add((text, token));
        }

        foreach (var list in _byFirst.Values) list.Sort((a, b) => b.Text.Length.CompareTo(a.Text.Length));
    }

    /// <summary>True where there is nothing to look for.</summary>
    public bool IsEmpty => _search is null;

    /// <summary>Finds the next token at or after <paramref name="from"/>.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="from">Where the text not yet taken starts.</param>
    /// <param name="match">The token with the range that it takes, white space included.</param>
    public bool TryFind(ReadOnlySpan<char> text, int from, out (AddedToken Token, int Start, int End) match)
    {
        var at = from;
        while (_search is not null && at < text.Length)
        {
            var found = text[at..].IndexOfAny(_search);
            if (found < 0) break;
            var start = at + found;
            var token = LongestAt(text, start, out var length);
            var end = start + length;
            if (token.IsSingleWord && TouchesWord(text, start, end))
            {
                at = end;
                continue;
            }

            if (token.StripsLeft) start = from + text[from..start].TrimEnd().Length;
            if (token.StripsRight) end = text.Length - text[end..].TrimStart().Length;
            match = (token, start, end);
            return true;
        }

        match = default;
        return false;
    }

    private AddedToken LongestAt(ReadOnlySpan<char> text, int at, out int length)
    {
        foreach (var (content, token) in _byFirst[text[at]])
        {
            if (!text[at..].StartsWith(content, StringComparison.Ordinal)) continue;
            length = content.Length;
            return token;
        }

        throw new InvalidOperationException("the search found an added token that is not there");
    }

    private static bool TouchesWord(ReadOnlySpan<char> text, int start, int end)
    {
        if (start > 0 && Rune.DecodeLastFromUtf16(text[..start], out var before, out _) == OperationStatus.Done && CharacterClasses.IsWord(before)) return true;
        return end < text.Length && Rune.DecodeFromUtf16(text[end..], out var after, out _) == OperationStatus.Done && CharacterClasses.IsWord(after);
    }
}
