using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Pare.Formats;
using Pare.Numerics;
using Pare.Tokenization;

namespace Pare.Evaluation;

/// <summary>Windows of token ids of one length, without overlap: what a perplexity is measured over.</summary>
public sealed class TokenWindows
{
    private readonly int[] _tokens;

    private TokenWindows(int[] tokens, int window, int count, string protocol, TextIdentity text)
    {
        _tokens = tokens;
        Window = window;
        Count = count;
        Protocol = protocol;
        Text = text;
    }

    /// <summary>Tokens of each window.</summary>
    public int Window { get; }

    /// <summary>Number of windows.</summary>
    public int Count { get; }

    /// <summary><c>wikitext2</c>, <c>plain</c>, <c>drawn</c> or <c>tokens</c>.</summary>
    public string Protocol { get; }

    /// <summary>Where the tokens came from.</summary>
    public TextIdentity Text { get; }

    /// <summary>The tokens of a window.</summary>
    /// <param name="window">Index, from 0.</param>
    /// <returns>[<see cref="Window"/>] token ids.</returns>
    public ReadOnlySpan<int> this[int window] => _tokens.AsSpan(window * Window, Window);

    /// <summary>All tokens, window after window.</summary>
    internal ReadOnlySpan<int> All => _tokens;

    /// <summary>These windows and others behind them.</summary>
    /// <param name="tokens">Tokens of whole windows.</param>
    internal TokenWindows With(ReadOnlySpan<int> tokens) => new([.. _tokens, .. tokens], Window, Count + tokens.Length / Window, Protocol, Text);

    /// <summary>Tokenizes a text once, with the tokenizer's default special tokens, and cuts it into windows; the tail that fills no window is dropped.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="path">A text file in UTF-8.</param>
    /// <param name="protocol">How the file becomes a text.</param>
    /// <param name="window">Tokens of a window, at least 2.</param>
    /// <param name="maxWindows">Most windows to take from the start, or null for all.</param>
    /// <returns>The windows.</returns>
    /// <exception cref="ModelFormatException">The file is not UTF-8, too large, or too short for one window.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A window below 2 tokens, or no windows.</exception>
    public static TokenWindows FromText(Tokenizer tokenizer, string path, TextProtocol protocol = TextProtocol.Wikitext2, int window = 2048, int? maxWindows = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentException.ThrowIfNullOrEmpty(path);
        Check(window, maxWindows);
        var bytes = Utf8Text.ReadBytes(path);
        var text = Utf8Text.Decode(path, bytes);
        if (protocol == TextProtocol.Wikitext2) text = Wikitext2Text.Join(text);
        var (ids, characters) = Tokenize(tokenizer, text, maxWindows is { } most ? (long)most * window : long.MaxValue);
        var count = ids.Count / window;
        if (maxWindows is { } limit) count = Math.Min(count, limit);
        if (count == 0) throw TooShort(path, window, ids.Count);
        var identity = new TextIdentity
        {
            File = Path.GetFileName(path),
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)),
            Join = protocol == TextProtocol.Wikitext2 ? "rows joined with two line feeds, blank rows empty" : "text as it is",
            Bos = tokenizer.AddsBos ? "one at the start of the text" : "none",
            Characters = characters,
            Tokens = characters == text.Length ? ids.Count : null,
        };
        return new TokenWindows([.. CollectionsMarshal.AsSpan(ids)[..(count * window)]], window, count, protocol == TextProtocol.Wikitext2 ? "wikitext2" : "plain", identity);
    }

    /// <summary>Takes windows from the tensor <c>input_ids</c> [windows, length] of a safetensors file, of any integer type.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxWindows">Most windows to take from the start, or null for all.</param>
    /// <returns>The windows.</returns>
    /// <exception cref="ModelFormatException">The file is damaged, has no such tensor, or an id does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">No windows.</exception>
    public static TokenWindows FromFile(string path, int? maxWindows = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Check(2, maxWindows);
        using var file = SafetensorsFile.Open(path);
        if (!file.Tensors.TryGetValue("input_ids", out var tensor))
            throw new ModelFormatException(path, "", $"has no tensor input_ids [windows, length]; it has {string.Join(", ", file.Tensors.Keys.Order(StringComparer.Ordinal).Take(8))}");
        var shape = tensor.Shape;
        // A single window may come without its outer axis.
        var (rows, length) = shape.Length switch { 2 => (shape[0], shape[1]), 1 => (1L, shape[0]), _ => (0L, 0L) };
        if (rows < 1 || length < 2 || rows * length > int.MaxValue)
            throw new ModelFormatException(path, "input_ids", $"has shape [{string.Join(", ", shape)}]; expected [windows, length] with at least one window of 2 tokens");
        var count = (int)Math.Min(rows, maxWindows ?? long.MaxValue);
        var tokens = TokenTensor.Read(path, tensor, checked((int)(count * length)));
        using var stream = File.OpenRead(path);
        var identity = new TextIdentity { File = Path.GetFileName(path), Sha256 = Convert.ToHexStringLower(SHA256.HashData(stream)), Tokens = rows * length };
        return new TokenWindows(tokens, (int)length, count, "tokens", identity);
    }

    /// <summary>Tokenizes a text once, with the tokenizer's default special tokens, and draws windows that begin anywhere in it, as the published calibration code does.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="path">A text file in UTF-8.</param>
    /// <param name="window">Tokens of a window, at least 2.</param>
    /// <param name="count">Windows; they may overlap.</param>
    /// <param name="random">Draws the first tokens.</param>
    /// <returns>The windows.</returns>
    /// <exception cref="ModelFormatException">The file is not UTF-8, too large, or shorter than one window.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A window below 2 tokens, or no windows.</exception>
    public static TokenWindows Draw(Tokenizer tokenizer, string path, int window, int count, SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(random);
        Check(window, count);
        if ((long)window * count > Array.MaxLength) throw new ArgumentOutOfRangeException(nameof(count), $"{count} windows of {window} tokens are more than the {Array.MaxLength} tokens that are held at once; draw fewer or shorter ones");
        var bytes = Utf8Text.ReadBytes(path);
        var text = Utf8Text.Decode(path, bytes);
        var (ids, _) = Tokenize(tokenizer, text, long.MaxValue);
        if (ids.Count < window) throw TooShort(path, window, ids.Count);
        var tokens = new int[window * count];
        for (var i = 0; i < count; i++) ids.CopyTo(random.NextInt(ids.Count - window + 1), tokens, i * window, window);
        var identity = new TextIdentity
        {
            File = Path.GetFileName(path),
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)),
            Join = "text as it is, windows drawn at random",
            Bos = tokenizer.AddsBos ? "one at the start of the text" : "none",
            Characters = text.Length,
            Tokens = ids.Count,
        };
        return new TokenWindows(tokens, window, count, "drawn", identity);
    }

    private static void Check(int window, int? maxWindows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 2);
        if (maxWindows is { } most) ArgumentOutOfRangeException.ThrowIfLessThan(most, 1, nameof(maxWindows));
    }

    private static ModelFormatException TooShort(string path, int window, int tokens) =>
        new(path, "", $"cutting the text into windows of {window} tokens: it has only {tokens}; give a longer text or a shorter window");

    // As much of the text as the windows need. A cut between a line feed and a word (with or without the space before it) falls
    // between the pieces that every pre-tokenizer splits a text into, so the ids before it are those of the whole text.
    private static (List<int> Ids, int Characters) Tokenize(Tokenizer tokenizer, string text, long needed)
    {
        const int Margin = 64;
        for (var length = needed > text.Length / 8 ? text.Length : needed * 8; ; length *= 2)
        {
            var end = length >= text.Length ? text.Length : CutAfterLine(text, (int)length);
            var ids = new List<int>(end / 4 + 16);
            tokenizer.Encode(text.AsSpan(0, end), ids);
            if (end == text.Length || ids.Count >= needed + Margin) return (ids, end);
        }
    }

    private static int CutAfterLine(string text, int length)
    {
        while (length < text.Length && !(text[length - 1] == '\n' && StartsWord(text, length))) length++;
        return length;
    }

    private static bool StartsWord(string text, int at) =>
        char.IsAsciiLetter(text[at]) || (text[at] == ' ' && at + 1 < text.Length && !char.IsWhiteSpace(text[at + 1]));
}
