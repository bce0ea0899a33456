using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Pare.Evaluation;

/// <summary>A cheap fingerprint of a model's files.</summary>
/// <remarks>
/// SHA-256 over, for every configuration, weight and tokenizer file in the order of their names: name, length, and content;
/// of files above 4 MiB only the first MiB (with the header), 64 pieces of 16 KiB at equal distances, and the last 16 KiB.
/// It tells models apart; it is no protection against somebody who forges one.
/// </remarks>
public static class ModelFingerprint
{
    private const int Whole = 4 << 20;
    private const int Head = 1 << 20;
    private const int Piece = 16 << 10;
    private const int Pieces = 64;

    private static readonly string[] Names =
        ["config.json", "pare.json", "generation_config.json", "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "vocab.json", "merges.txt", "special_tokens_map.json", "model.safetensors.index.json"];

    /// <summary>Computes the fingerprint.</summary>
    /// <param name="path">A model folder or a .gguf file.</param>
    /// <returns>64 hexadecimal digits, or null where there is no such file or folder.</returns>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static string? Of(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var isFolder = Directory.Exists(path);
        if (!isFolder && !File.Exists(path)) return null;
        string[] files = isFolder ? [.. Directory.GetFiles(path).Where(IsPart).OrderBy(Path.GetFileName, StringComparer.Ordinal)] : [path];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files) Append(hash, file, isFolder);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Whether a file of a model's folder belongs to the model: configuration, weights, tokenizer, provenance.</summary>
    internal static bool IsPart(string file)
    {
        var name = Path.GetFileName(file);
        return Names.Contains(name) || name.EndsWith(".safetensors", StringComparison.Ordinal);
    }

    private static void Append(IncrementalHash hash, string file, bool withName)
    {
        using var handle = File.OpenHandle(file);
        var length = RandomAccess.GetLength(handle);
        // A GGUF file keeps its fingerprint when it is renamed.
        if (withName) hash.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(file)));
        Span<byte> size = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(size, length);
        hash.AppendData(size);
        var buffer = new byte[Head];
        if (length <= Whole)
        {
            AppendRange(hash, handle, 0, length, buffer);
            return;
        }

        AppendRange(hash, handle, 0, Head, buffer);
        for (var piece = 0; piece < Pieces; piece++)
            AppendRange(hash, handle, Head + (length - Head - Piece) / Pieces * piece, Piece, buffer);
        AppendRange(hash, handle, length - Piece, Piece, buffer);
    }

    private static void AppendRange(IncrementalHash hash, Microsoft.Win32.SafeHandles.SafeFileHandle handle, long offset, long count, byte[] buffer)
    {
        while (count > 0)
        {
            var read = RandomAccess.Read(handle, buffer.AsSpan(0, (int)Math.Min(count, buffer.Length)), offset);
            if (read == 0) throw new EndOfStreamException("a model file became shorter while its fingerprint was taken");
            hash.AppendData(buffer.AsSpan(0, read));
            offset += read;
            count -= read;
        }
    }
}
