using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Pare.Formats;
using Pare.Tokenization;

namespace Pare.Training;

/// <summary>Training text as tokens in memory, packed into windows without overlap and without padding.</summary>
/// <remarks>
/// All documents stand one after another. Window w of length L reads the tokens [w·L, w·L + L) and predicts the tokens [w·L + 1, w·L + L + 1), so every token but the first is predicted once;
/// the tail that fills no window is left out. Safe for use by several threads.
/// </remarks>
public sealed class TokenDataset
{
    private readonly TokenSequence _tokens;

    private TokenDataset(TokenSequence tokens, int window)
    {
        _tokens = tokens;
        Window = window;
        WindowCount = (tokens.Ids.Count - 1) / window;
        Fingerprint = ComputeFingerprint(tokens, window);
    }

    /// <summary>Number of windows.</summary>
    public int WindowCount { get; }

    /// <summary>Tokens that a window reads, L.</summary>
    public int Window { get; }

    /// <summary>Tokens of all text, with those of the tail.</summary>
    public long TokenCount => _tokens.Ids.Count;

    /// <summary>Targets of all windows that are learned: those that are not −1.</summary>
    public long LearnedCount => (long)WindowCount * Window - _tokens.Context.Sum(range => (long)Math.Max(0, Math.Min(range.End, WindowCount * Window + 1) - Math.Max(range.Start, 1)));

    /// <summary>SHA-256, in hexadecimal digits, of the tokens, of what of them is learned, and of the window: equal where training sees the same.</summary>
    public string Fingerprint { get; }

    /// <summary>Tokenizes files: plain text, or JSON lines (<c>.jsonl</c>, <c>.ndjson</c>) with <c>text</c>, with <c>prompt</c> and <c>completion</c>, or with <c>messages</c>.</summary>
    /// <param name="files">The files, in this order.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="window">Tokens that a window reads, at least 1.</param>
    /// <param name="vocabularySize">Number of ids that the model knows.</param>
    /// <param name="options">What a document is; null for the defaults.</param>
    /// <param name="progress">Told how far the work is.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>The windows.</returns>
    /// <exception cref="ModelFormatException">A file is not there, empty, not UTF-8, or a line of it cannot be read; the message names the line.</exception>
    /// <exception cref="ArgumentException">No files, a window below 1, a token that the model does not know, or too little text for one window.</exception>
    /// <exception cref="OperationCanceledException">The work was ended.</exception>
    public static TokenDataset Load(
        IReadOnlyList<string> files,
        Tokenizer tokenizer,
        int window,
        int vocabularySize,
        TrainingTextOptions? options = null,
        IProgress<TokenizingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(tokenizer);
        if (files.Count == 0) throw new ArgumentException("there are no files to train on; give at least one text file", nameof(files));
        var total = files.Sum(file => File.Exists(file) ? new FileInfo(file).Length : throw new ModelFormatException(file, "", "there is no such text file"));
        var tokens = new TokenSequence();
        var text = new TrainingText(tokenizer, options ?? new TrainingTextOptions(), tokens);
        var before = 0L;
        foreach (var file in files)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(new TokenizingProgress(before, total, tokens.Ids.Count));
            text.Add(file, read => progress?.Report(new TokenizingProgress(before + read, total, tokens.Ids.Count)), cancellation);
            before += new FileInfo(file).Length;
        }

        tokens.Ids.TrimExcess();
        return Create(tokens, window, vocabularySize, id => $" ('{tokenizer.TokenText(id)}')");
    }

    /// <summary>Packs tokens that are there already; all are learned.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="window">Tokens that a window reads, at least 1.</param>
    /// <param name="vocabularySize">Number of ids that the model knows.</param>
    /// <returns>The windows.</returns>
    /// <exception cref="ArgumentException">A window below 1, a token that the model does not know, or too few tokens for one window.</exception>
    public static TokenDataset FromTokens(ReadOnlySpan<int> tokens, int window, int vocabularySize)
    {
        var sequence = new TokenSequence();
        CollectionExtensions.AddRange(sequence.Ids, tokens);
        return Create(sequence, window, vocabularySize, _ => "");
    }

    /// <summary>Reads a window.</summary>
    /// <param name="windowIndex">Index, from 0.</param>
    /// <param name="inputs">[<see cref="Window"/>] receives the tokens.</param>
    /// <param name="targets">[<see cref="Window"/>] receives the token that comes after each, −1 where it is not learned.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such window.</exception>
    /// <exception cref="ArgumentException">A span of the wrong length.</exception>
    public void Read(int windowIndex, Span<int> inputs, Span<int> targets)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(windowIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(windowIndex, WindowCount);
        if (inputs.Length != Window || targets.Length != Window)
            throw new ArgumentException($"a window has {Window} tokens; room for {inputs.Length} inputs and {targets.Length} targets was given");
        var start = windowIndex * Window;
        _tokens.Span.Slice(start, Window).CopyTo(inputs);
        _tokens.Span.Slice(start + 1, Window).CopyTo(targets);
        _tokens.Mask(start + 1, targets);
    }

    private static TokenDataset Create(TokenSequence tokens, int window, int vocabularySize, Func<int, string> name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 1);
        var wrong = tokens.Span.IndexOfAnyExceptInRange(0, vocabularySize - 1);
        if (wrong >= 0)
        {
            var id = tokens.Ids[wrong];
            throw new ArgumentException($"token {wrong} of the training text has the id {id}{name(id)}, and the model knows {vocabularySize} ids from 0 on; use the tokenizer that belongs to the model");
        }

        if (tokens.Ids.Count < (long)window + 1)
            throw new ArgumentException($"the training text has {tokens.Ids.Count} tokens, and one window needs {(long)window + 1}; give more text or a shorter window");
        var dataset = new TokenDataset(tokens, window);
        return dataset.LearnedCount > 0 ? dataset : throw new ArgumentException("no token of the training text is to be learned: every window holds prompts alone; give a longer window or shorter prompts");
    }

    private static string ComputeFingerprint(TokenSequence tokens, int window)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes((ReadOnlySpan<int>)[window, tokens.Ids.Count]));
        hash.AppendData(MemoryMarshal.AsBytes(tokens.Span));
        foreach (var (start, end) in tokens.Context) hash.AppendData(MemoryMarshal.AsBytes((ReadOnlySpan<int>)[start, end]));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
