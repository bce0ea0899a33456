using System.Text;

namespace Pare.Tokenization;

/// <summary>The distinct words of the training texts as tokens, bytes at first, on which merges are carried out.</summary>
internal sealed class SymbolWords
{
    private readonly int[][] _words;
    private readonly int[] _lengths;
    private readonly long[] _counts;

    /// <summary>Spells the words in bytes.</summary>
    /// <param name="counts">The words and how often each occurs.</param>
    /// <param name="byteIds">[256] the id of each byte.</param>
    /// <param name="pairs">Receives the pairs.</param>
    public SymbolWords(IReadOnlyDictionary<string, long> counts, ReadOnlySpan<int> byteIds, PairTable pairs)
    {
        _words = new int[counts.Count][];
        _lengths = new int[counts.Count];
        _counts = new long[counts.Count];
        var number = 0;
        foreach (var (text, count) in counts)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            var word = new int[bytes.Length];
            for (var i = 0; i < word.Length; i++) word[i] = byteIds[bytes[i]];
            (_words[number], _lengths[number], _counts[number]) = (word, word.Length, count);
            for (var i = 1; i < word.Length; i++)
            {
                pairs.Add(word[i - 1], word[i], count);
                pairs.AddWord(word[i - 1], word[i], number);
            }

            number++;
        }
    }

    /// <summary>Merges a pair in a word, from the left, wherever it occurs, and brings the counts of the pairs up to date.</summary>
    /// <param name="number">The word's number.</param>
    /// <param name="left">Id of the pair's first token.</param>
    /// <param name="right">Id of its second.</param>
    /// <param name="merged">Id of the token that takes their place.</param>
    /// <param name="pairs">The pairs.</param>
    public void Merge(int number, int left, int right, int merged, PairTable pairs)
    {
        var word = _words[number].AsSpan(0, _lengths[number]);
        var at = IndexOf(word, left, right);
        if (at < 0) return;
        var count = _counts[number];
        // Pairs wholly before the first place stay as they are.
        var from = Math.Max(at - 1, 0);
        for (var i = from + 1; i < word.Length; i++) pairs.Add(word[i - 1], word[i], -count);
        var length = at;
        while (at < word.Length)
        {
            var isPair = word[at] == left && at + 1 < word.Length && word[at + 1] == right;
            word[length++] = isPair ? merged : word[at];
            at += isPair ? 2 : 1;
        }

        _lengths[number] = length;
        for (var i = from + 1; i < length; i++)
        {
            pairs.Add(word[i - 1], word[i], count);
            if (word[i - 1] == merged || word[i] == merged) pairs.AddWord(word[i - 1], word[i], number);
        }
    }

    /// <summary>Puts the pairs of a word that contain a token into the queue.</summary>
    public void Enqueue(int number, int merged, PairTable pairs)
    {
        var word = _words[number].AsSpan(0, _lengths[number]);
        for (var i = 1; i < word.Length; i++)
        {
            if (word[i - 1] == merged || word[i] == merged) pairs.Enqueue(word[i - 1], word[i]);
        }
    }

    private static int IndexOf(ReadOnlySpan<int> word, int left, int right)
    {
        for (var i = 1; i < word.Length; i++)
        {
            if (word[i - 1] == left && word[i] == right) return i - 1;
        }

        return -1;
    }
}
