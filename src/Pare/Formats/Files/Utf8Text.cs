using System.Text;

namespace Pare.Formats;

/// <summary>Reads text files that have to be UTF-8, as a whole.</summary>
internal static class Utf8Text
{
    /// <summary>Most bytes of a file: its text has to fit into one string.</summary>
    public const int LargestFile = 1 << 30;

    /// <summary>Reads the bytes of a file.</summary>
    /// <exception cref="ModelFormatException">There is no such file, or it is too large.</exception>
    public static byte[] ReadBytes(string path)
    {
        var info = new FileInfo(path);
        if (!info.Exists) throw new ModelFormatException(path, "", "there is no such text file");
        if (info.Length > LargestFile) throw new ModelFormatException(path, "", $"has {info.Length} bytes; a text file of at most {LargestFile} is read at once, so split it");
        return File.ReadAllBytes(path);
    }

    /// <summary>The text that the bytes of a file stand for, without a byte order mark.</summary>
    /// <exception cref="ModelFormatException">They are not UTF-8; names the byte.</exception>
    public static string Decode(string path, byte[] bytes)
    {
        ReadOnlySpan<byte> content = bytes;
        if (content.StartsWith("\uFEFF"u8)) content = content[3..];
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content);
        }
        catch (DecoderFallbackException exception)
        {
            throw new ModelFormatException(path, $"byte {exception.Index}", "is not UTF-8; convert the text to UTF-8 first", exception);
        }
    }

    /// <summary>Reads a file's text.</summary>
    /// <exception cref="ModelFormatException">As for <see cref="ReadBytes"/> and <see cref="Decode"/>.</exception>
    public static string Read(string path) => Decode(path, ReadBytes(path));
}
