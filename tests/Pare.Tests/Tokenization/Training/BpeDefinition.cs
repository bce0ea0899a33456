using System.Text;
using System.Text.RegularExpressions;

namespace Pare.Tests.Tokenization;

/// <summary>BPE training by its definition, with strings and recounting before every merge.</summary>
internal static class BpeDefinition
{
    // GPT-2's published pattern; .NET's expressions know letters outside the basic plane as surrogates only, so texts here have none.
    private static readonly Regex s_words = new(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+");

    /// <summary>The tokens by id and the merges.</summary>
    public static (List<string> Tokens, List<(string, string)> Merges) Train(IEnumerable<string> texts, int size, long minFrequency, string[] special)
    {
        var alphabet = Alphabet();
        var tokens = new List<string>([.. special, .. alphabet.Order(StringComparer.Ordinal)]);
        var words = new List<List<string>>();
        foreach (var text in texts)
        {
            string[] parts = special.Length == 0 ? [text] : text.Split(special, StringSplitOptions.None);
            foreach (var part in parts)
                foreach (Match match in s_words.Matches(part))
                    words.Add([.. Encoding.UTF8.GetBytes(match.Value).Select(value => alphabet[value])]);
        }

        var merges = new List<(string, string)>();
        while (tokens.Count < size)
        {
            var counts = new Dictionary<(string, string), long>();
            foreach (var word in words)
                for (var i = 1; i < word.Count; i++)
                    counts[(word[i - 1], word[i])] = counts.GetValueOrDefault((word[i - 1], word[i])) + 1;
            var best = counts.Where(pair => pair.Value >= minFrequency)
                .OrderByDescending(pair => pair.Value).ThenBy(pair => tokens.IndexOf(pair.Key.Item1)).ThenBy(pair => tokens.IndexOf(pair.Key.Item2))
                .Select(pair => ((string, string)?)pair.Key).FirstOrDefault();
            if (best is not var (left, right)) break;
            merges.Add((left, right));
            if (!tokens.Contains(left + right)) tokens.Add(left + right);
            foreach (var word in words)
            {
                for (var i = 1; i < word.Count; i++)
                {
                    if (word[i - 1] != left || word[i] != right) continue;
                    word[i - 1] = left + right;
                    word.RemoveAt(i);
                }
            }
        }

        return (tokens, merges);
    }

    // GPT-2's encoder.py: printable bytes are themselves, the others U+0100 onwards.
    private static string[] Alphabet()
    {
        var next = 256;
        return [.. Enumerable.Range(0, 256).Select(value =>
            ((value is >= '!' and <= '~') || (value is >= '¡' and <= '¬') || (value is >= '®' and <= 'ÿ') ? (char)value : (char)next++).ToString())];
    }
}
