using Pare.Formats;

namespace Pare.Tokenization;

/// <summary>
/// Trains a byte-level BPE tokenizer: texts are cut into words by GPT-2's pattern (Radford et al. 2019), words are spelled in bytes,
/// and again and again the most frequent pair of neighbouring tokens becomes a token (Sennrich, Haddow and Birch 2016, arXiv 1508.07909).
/// </summary>
/// <remarks>
/// The result depends on the texts and options alone, not on the order of the texts: of equally frequent pairs the one with the smaller left id is merged first, then the one with the smaller right id.
/// In a word such as "aaa" the pair (a, a) counts twice and is merged once, from the left.
/// Time grows with the text for counting, and with the number of distinct words for merging; memory holds one text and the distinct words.
/// </remarks>
public static class BpeTrainer
{
    private const int Stride = 32;

    /// <summary>Trains on texts.</summary>
    /// <param name="texts">The texts; no word reaches from one into the next.</param>
    /// <param name="options">Size and special tokens; null for the defaults.</param>
    /// <param name="progress">Told how far the work is; while counting, in UTF-16 units without a total.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>The tokenizer.</returns>
    /// <exception cref="ArgumentException">An option out of range, or texts without a single character.</exception>
    /// <exception cref="OperationCanceledException">The work was ended.</exception>
    public static TrainedTokenizer Train(
        IEnumerable<string> texts, BpeTrainerOptions? options = null, IProgress<BpeTrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        options ??= new BpeTrainerOptions();
        options.Check();
        var counter = new WordCounter(options.SpecialTokens);
        var before = 0L;
        foreach (var text in texts)
        {
            counter.Add(text, counted => progress?.Report(new BpeTrainingProgress("count", before + counted, 0)), cancellation);
            before += text.Length;
        }

        return Merge(counter, options, progress, cancellation);
    }

    /// <summary>Trains on text files.</summary>
    /// <param name="files">Files in UTF-8, each at most 1 GiB.</param>
    /// <param name="options">Size and special tokens; null for the defaults.</param>
    /// <param name="progress">Told how far the work is.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>The tokenizer.</returns>
    /// <exception cref="ArgumentException">An option out of range, or files without a single character.</exception>
    /// <exception cref="ModelFormatException">A file is not there, too large or not UTF-8.</exception>
    /// <exception cref="OperationCanceledException">The work was ended.</exception>
    public static TrainedTokenizer TrainFiles(
        IReadOnlyList<string> files, BpeTrainerOptions? options = null, IProgress<BpeTrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        options ??= new BpeTrainerOptions();
        options.Check();
        var counter = new WordCounter(options.SpecialTokens);
        var total = files.Sum(file => File.Exists(file) ? new FileInfo(file).Length : throw new ModelFormatException(file, "", "there is no such text file"));
        var before = 0L;
        foreach (var file in files)
        {
            cancellation.ThrowIfCancellationRequested();
            var bytes = Utf8Text.ReadBytes(file);
            var text = Utf8Text.Decode(file, bytes);
            var perCharacter = (double)bytes.Length / Math.Max(1, text.Length);
            counter.Add(text, counted => progress?.Report(new BpeTrainingProgress("count", before + (long)(perCharacter * counted), total)), cancellation);
            before += bytes.Length;
        }

        return Merge(counter, options, progress, cancellation);
    }

    private static TrainedTokenizer Merge(WordCounter counter, BpeTrainerOptions options, IProgress<BpeTrainingProgress>? progress, CancellationToken cancellation)
    {
        if (counter.Counts.Count == 0) throw new ArgumentException("training a tokenizer: the texts are empty; give texts with something to learn from");
        var special = options.SpecialTokens.ToHashSet(StringComparer.Ordinal);
        var tokens = new List<string>(options.SpecialTokens);
        var byteIds = new int[256];
        foreach (var value in Enumerable.Range(0, 256).OrderBy(value => ByteAlphabet.ToCharacter((byte)value)))
        {
            byteIds[value] = tokens.Count;
            tokens.Add(ByteAlphabet.ToCharacter((byte)value).ToString());
        }

        var pairs = new PairTable();
        var words = new SymbolWords(counter.Counts, byteIds, pairs);
        pairs.EnqueueAll();
        var first = tokens.Count;
        var merges = new List<(string, string)>();
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        while (tokens.Count < options.VocabularySize && pairs.TryTake(options.MinFrequency, out var left, out var right, out var where))
        {
            var text = tokens[left] + tokens[right];
            // A token that reads like a special one could not be told from it.
            if (special.Contains(text)) continue;
            if (!ids.TryGetValue(text, out var merged))
            {
                merged = tokens.Count;
                ids.Add(text, merged);
                tokens.Add(text);
            }

            merges.Add((tokens[left], tokens[right]));
            foreach (var word in where) words.Merge(word, left, right, merged, pairs);
            foreach (var word in where) words.Enqueue(word, merged, pairs);
            if (merges.Count % Stride != 0) continue;
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(new BpeTrainingProgress("merge", tokens.Count - first, options.VocabularySize - first));
        }

        return new TrainedTokenizer(tokens, merges, [.. options.SpecialTokens]);
    }
}
