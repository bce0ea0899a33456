using System.Runtime.InteropServices;

namespace Pare.Tokenization;

/// <summary>Counts the words of texts: the pieces into which GPT-2's pattern cuts what lies between special tokens.</summary>
internal sealed class WordCounter
{
    private const int Stride = 1 << 20;
    private readonly AddedTokenMatcher _special;
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    /// <summary>Creates a counter.</summary>
    /// <param name="specialTokens">Names that part a text and are no words.</param>
    public WordCounter(IReadOnlyList<string> specialTokens)
    {
        _special = new AddedTokenMatcher(specialTokens.Select((name, id) => (name, new AddedToken(id, name, IsSpecial: true))));
        _lookup = _counts.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The words and how often each occurs.</summary>
    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <summary>Counts the words of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="counted">Told the number of characters that are counted, now and then.</param>
    /// <param name="cancellation">Ends the work.</param>
    public void Add(ReadOnlySpan<char> text, Action<int> counted, CancellationToken cancellation)
    {
        var at = 0;
        var next = Stride;
        while (at < text.Length)
        {
            var (end, after) = _special.TryFind(text, at, out var match) ? (match.Start, match.End) : (text.Length, text.Length);
            // The look-ahead of the pattern must not see past the special token, as it does not when a text is encoded.
            for (var stretch = text[..end]; at < end;)
            {
                var wordEnd = Gpt2Splitter.EndOfWord(stretch, at);
                CollectionsMarshal.GetValueRefOrAddDefault(_lookup, text[at..wordEnd], out _)++;
                at = wordEnd;
                if (at < next) continue;
                cancellation.ThrowIfCancellationRequested();
                counted(at);
                next = at + Stride;
            }

            at = after;
        }
    }
}
