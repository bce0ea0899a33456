using System.Text;
using Pare.Formats;

namespace Pare.Tokenization;

/// <summary>Builds a <see cref="BpeModel"/> from a vocabulary and its merges or scores.</summary>
internal static class BpeBuilder
{
    private const int LongestPiece = 512;

    /// <summary>A model whose merges are listed, best first.</summary>
    /// <exception cref="ModelFormatException">A merge names a token that the vocabulary lacks.</exception>
    public static BpeModel FromMerges(string file, Vocabulary vocabulary, IReadOnlyList<(string Left, string Right)> merges, BpeOptions options)
    {
        var table = new MergeTable(merges.Count);
        for (var rank = 0; rank < merges.Count; rank++)
        {
            var (left, right) = merges[rank];
            table.Add(Id(file, vocabulary, left, rank), Id(file, vocabulary, right, rank), rank, Id(file, vocabulary, left + right, rank));
        }

        Dictionary<int, int> characters = options.ByteLevel ? [] : SingleCharacters(vocabulary);
        var byteIds = ByteIds(vocabulary, options.ByteLevel);
        var cuts = options.ByteLevel || options.IgnoreMerges ? null : Cuts(vocabulary, characters, byteIds, options);
        return new BpeModel(vocabulary.Count, characters, byteIds, Words(vocabulary, options), table, options, cuts, null);
    }

    /// <summary>A model whose merges are ordered by the score of what they make (SentencePiece): any two neighbours whose joint text is a token may merge.</summary>
    /// <param name="file">The file, for messages.</param>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="scores">Score of each id; higher merges first.</param>
    /// <param name="merges">Whether a token may come out of merging (false for control, unknown and byte tokens).</param>
    /// <param name="unused">Ids that are taken apart again.</param>
    /// <param name="options">The rest.</param>
    /// <exception cref="ModelFormatException">A token that may come out of merging is too long: every place in it is tried as the border of two tokens.</exception>
    public static BpeModel FromScores(string file, Vocabulary vocabulary, float[] scores, Func<int, bool> merges, IReadOnlySet<int> unused, BpeOptions options)
    {
        var order = Enumerable.Range(0, vocabulary.Count).Where(id => vocabulary[id] is { Length: > 0 } && merges(id)).ToArray();
        foreach (var id in order)
        {
            if (vocabulary[id]!.Length > LongestPiece)
                throw new ModelFormatException(file, $"piece {id}", $"\"{Vocabulary.Short(vocabulary[id]!)}\" has {vocabulary[id]!.Length} characters; pieces that are made by merging have at most {LongestPiece}");
        }

        var ranks = Ranks(order, scores);
        var texts = new Dictionary<string, int>(order.Length, StringComparer.Ordinal);
        foreach (var id in order) texts.TryAdd(vocabulary[id]!, id);
        var characters = new Dictionary<int, int>();
        foreach (var id in order)
        {
            if (SingleRune(vocabulary[id]!) is { } rune) characters.TryAdd(rune, id);
        }

        var next = vocabulary.Count;
        foreach (var id in order)
        {
            foreach (var rune in vocabulary[id]!.EnumerateRunes())
            {
                if (characters.ContainsKey(rune.Value)) continue;
                characters[rune.Value] = next++;
                texts.TryAdd(rune.ToString(), characters[rune.Value]);
            }
        }

        var table = new MergeTable(order.Length * 2);
        var halves = new UnusedTokens();
        var lookup = texts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var id in order)
        {
            var text = vocabulary[id].AsSpan();
            if (texts[vocabulary[id]!] != id) continue;
            for (var cut = 1; cut < text.Length; cut++)
            {
                if (!lookup.TryGetValue(text[..cut], out var left) || !lookup.TryGetValue(text[cut..], out var right)) continue;
                table.Add(left, right, ranks[id], id);
                if (unused.Contains(id) && left < vocabulary.Count && right < vocabulary.Count) halves.Add(id, left, right);
            }
        }

        var byteIds = ByteIds(vocabulary, byteLevel: false);
        var cuts = Cuts(vocabulary, characters, byteIds, options);
        return new BpeModel(vocabulary.Count, characters, byteIds, [], table, options, cuts, halves.Count > 0 ? halves : null);
    }

    /// <summary>Value of a token of the form &lt;0xNN&gt;, or -1.</summary>
    public static int ByteOf(string? text) =>
        text is { Length: 6 } && text.StartsWith("<0x", StringComparison.Ordinal) && text[5] == '>'
        && char.IsAsciiHexDigit(text[3]) && char.IsAsciiHexDigit(text[4])
            ? Convert.ToInt32(text[3..5], 16)
            : -1;

    private static int Id(string file, Vocabulary vocabulary, string text, int rank) => vocabulary.Ids.TryGetValue(text, out var id)
        ? id
        : throw new ModelFormatException(file, $"merge {rank}", $"names the token \"{Vocabulary.Short(text)}\", which is not in the vocabulary");

    private static Dictionary<int, int> Ranks(int[] order, float[] scores)
    {
        var ranks = new Dictionary<int, int>(order.Length);
        var rank = -1;
        var last = float.NaN;
        foreach (var id in order.OrderByDescending(id => scores[id]))
        {
            if (scores[id] != last) rank++;
            last = scores[id];
            ranks[id] = rank;
        }

        return ranks;
    }

    private static Dictionary<int, int> SingleCharacters(Vocabulary vocabulary)
    {
        var characters = new Dictionary<int, int>();
        foreach (var (text, id) in vocabulary.Ids)
        {
            if (SingleRune(text) is { } rune) characters.TryAdd(rune, id);
        }

        return characters;
    }

    private static int? SingleRune(string text) => text.Length switch
    {
        1 when Rune.TryCreate(text[0], out var rune) => rune.Value,
        2 when Rune.TryCreate(text[0], text[1], out var rune) => rune.Value,
        _ => null,
    };

    private static int[] ByteIds(Vocabulary vocabulary, bool byteLevel)
    {
        var ids = new int[256];
        for (var i = 0; i < 256; i++)
        {
            var text = byteLevel ? ByteAlphabet.ToCharacter((byte)i).ToString() : $"<0x{i:X2}>";
            ids[i] = vocabulary.Ids.GetValueOrDefault(text, -1);
        }

        return ids;
    }

    private static Dictionary<string, int> Words(Vocabulary vocabulary, BpeOptions options)
    {
        if (!options.IgnoreMerges) return [];
        if (!options.ByteLevel) return vocabulary.Ids;
        var words = new Dictionary<string, int>(vocabulary.Ids.Count, StringComparer.Ordinal);
        foreach (var (text, id) in vocabulary.Ids)
        {
            if (ByteAlphabet.ToBytes(text) is { } bytes && System.Text.Unicode.Utf8.IsValid(bytes)) words.TryAdd(Encoding.UTF8.GetString(bytes), id);
        }

        return words;
    }

    private static CutTable Cuts(Vocabulary vocabulary, IReadOnlyDictionary<int, int> characters, int[] byteIds, BpeOptions options)
    {
        var fuses = options.FuseUnknown && !(options.ByteFallback && Array.TrueForAll(byteIds, id => id >= 0));
        return new CutTable(vocabulary.Ids.Keys, character => characters.GetValueOrDefault(character, int.MaxValue) < vocabulary.Count, fuses);
    }
}
