namespace Pare.Compression;

/// <summary>Finds the known word that a misspelt one most likely means.</summary>
internal static class Nearest
{
    /// <summary>The word with the smallest edit distance, the first of equals.</summary>
    public static string Of(string word, IEnumerable<string> known) => known.MinBy(candidate => Distance(word.ToLowerInvariant(), candidate.ToLowerInvariant())) ?? "";

    // Levenshtein's distance: insertions, deletions and replacements of single characters.
    private static int Distance(string a, string b)
    {
        var previous = Enumerable.Range(0, b.Length + 1).ToArray();
        var current = new int[b.Length + 1];
        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
            (previous, current) = (current, previous);
        }

        return previous[b.Length];
    }
}
