using System.Text.Json;
using System.Text.Unicode;

namespace Pare.Formats;

/// <summary>Reads JSON of unknown origin: bounded in size and depth, and with every fault reported as a <see cref="ModelFormatException"/>.</summary>
/// <remarks>
/// Strings of a document that was accepted can be read without fear: invalid UTF-8 and lone surrogates, on which
/// <see cref="JsonElement.GetString"/> would throw, are refused here, and so is an object that
/// names a property twice: readers differ on which one counts.
/// </remarks>
internal static class BoundedJson
{
    /// <summary>Largest file read when nothing else is said.</summary>
    public const long DefaultMaxBytes = 256L << 20;

    /// <summary>Reads and parses a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">Largest size accepted.</param>
    /// <param name="maxDepth">Deepest nesting accepted.</param>
    /// <returns>The document; the caller disposes it.</returns>
    /// <exception cref="ModelFormatException">Too large, too deep, a property twice, or no JSON; names the byte.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public static JsonDocument Open(string path, long maxBytes = DefaultMaxBytes, int maxDepth = 64)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
        var length = stream.Length;
        if (length > Math.Min(maxBytes, Array.MaxLength))
            throw new ModelFormatException(path, "", $"the file has {length} bytes; a JSON file of this kind has at most {maxBytes}");
        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        return Parse(path, bytes, maxDepth);
    }

    /// <summary>Parses JSON that is in memory.</summary>
    /// <param name="file">Path for messages.</param>
    /// <param name="bytes">UTF-8, with or without a byte order mark; kept by the document.</param>
    /// <param name="maxDepth">Deepest nesting accepted.</param>
    /// <returns>The document; the caller disposes it.</returns>
    /// <exception cref="ModelFormatException">Too deep, a property twice, or no JSON; names the byte.</exception>
    public static JsonDocument Parse(string file, ReadOnlyMemory<byte> bytes, int maxDepth = 64)
    {
        var skipped = bytes.Span.StartsWith("\uFEFF"u8) ? 3 : 0;
        var text = bytes[skipped..];
        CheckText(file, text.Span, skipped, maxDepth);
        try
        {
            return JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = maxDepth, AllowDuplicateProperties = false });
        }
        catch (JsonException e)
        {
            throw Repeated(file, text.Span, skipped, maxDepth) ?? Fault(file, text.Span, skipped, e);
        }
    }

    /// <summary>Refuses text of which some string could not be read: invalid UTF-8, or half of a surrogate pair behind <c>\u</c>.</summary>
    /// <param name="file">Path for messages.</param>
    /// <param name="text">The JSON.</param>
    /// <param name="offset">Where the text begins in the file.</param>
    /// <param name="maxDepth">Deepest nesting accepted.</param>
    /// <exception cref="ModelFormatException">There is such a string.</exception>
    public static void CheckText(string file, ReadOnlySpan<byte> text, long offset, int maxDepth)
    {
        if (!Utf8.IsValid(text)) throw new ModelFormatException(file, Place(offset + InvalidAt(text)), "these bytes are not UTF-8, as JSON must be");
        if (text.IndexOf("\\ud"u8) < 0 && text.IndexOf("\\uD"u8) < 0) return;
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = maxDepth });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped) _ = reader.GetString();
            }
        }
        catch (JsonException e)
        {
            throw Fault(file, text, offset, e);
        }
        catch (InvalidOperationException e)
        {
            throw new ModelFormatException(file, Place(offset + reader.TokenStartIndex), "a \\u escape stands for half a surrogate pair, which is no character", e);
        }
    }

    /// <summary>The exception for a fault that the JSON reader found.</summary>
    /// <param name="file">Path for the message.</param>
    /// <param name="text">The JSON.</param>
    /// <param name="offset">Where the text begins in the file.</param>
    /// <param name="fault">What the reader threw.</param>
    /// <returns>The exception to throw.</returns>
    public static ModelFormatException Fault(string file, ReadOnlySpan<byte> text, long offset, JsonException fault)
    {
        long at = 0;
        for (var line = fault.LineNumber ?? 0; line > 0; line--)
        {
            var feed = text[(int)at..].IndexOf((byte)'\n');
            if (feed < 0) break;
            at += feed + 1;
        }

        at = Math.Min(at + (fault.BytePositionInLine ?? 0), text.Length);
        var detail = fault.Message;
        var tail = detail.IndexOf(" LineNumber:", StringComparison.Ordinal);
        if (tail > 0) detail = detail[..tail];
        detail = TensorExtent.Short(detail);
        return new ModelFormatException(file, Place(offset + at), $"the JSON cannot be read (line {(fault.LineNumber ?? 0) + 1}): {detail}", fault);
    }

    // The parser does not say where a repeated property stands; null where another fault comes first.
    private static ModelFormatException? Repeated(string file, ReadOnlySpan<byte> text, long offset, int maxDepth)
    {
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = maxDepth });
        var open = new Stack<HashSet<string>>();
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.StartObject) open.Push(new HashSet<string>(StringComparer.Ordinal));
                else if (reader.TokenType == JsonTokenType.EndObject) open.Pop();
                else if (reader.TokenType == JsonTokenType.PropertyName && reader.GetString() is { } name && !open.Peek().Add(name))
                    return new ModelFormatException(file, Place(offset + reader.TokenStartIndex), $"the key '{TensorExtent.Short(name)}' stands twice in the same object; remove one of the two");
            }
        }
        catch (JsonException)
        {
        }

        return null;
    }

    private static string Place(long at) => $"byte {at}";

    private static int InvalidAt(ReadOnlySpan<byte> text)
    {
        var low = 0;
        while (low < text.Length)
        {
            if (System.Text.Rune.DecodeFromUtf8(text[low..], out _, out var used) != System.Buffers.OperationStatus.Done) break;
            low += used;
        }

        return low;
    }
}
