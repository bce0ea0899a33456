using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pare.Formats;

/// <summary>Writes safetensors files, deterministically and atomically; tensors are streamed one after another.</summary>
/// <remarks>
/// In a file, tensors of larger elements come first (8, 4, 2, then 1 byte), and otherwise in the order given, so that each is aligned to its elements.
/// The header is padded with blanks to a multiple of 8 bytes. The same tensors give the same bytes.
/// </remarks>
public static class SafetensorsWriter
{
    /// <summary>Most bytes of tensors in a shard when nothing else is said: 4 GiB.</summary>
    public const long DefaultShardBytes = 4L << 30;

    private static readonly Dictionary<string, string> s_defaultMetadata = new() { ["format"] = "pt" };

    /// <summary>Writes one file.</summary>
    /// <param name="path">The file; replaced if it exists, untouched if anything fails.</param>
    /// <param name="tensors">The tensors, of plain types; block formats are stored as U8 of [rows, bytes per row].</param>
    /// <param name="metadata">Free texts for the header, or null for <c>format: pt</c>, which <c>transformers</c> asks for.</param>
    /// <exception cref="ArgumentException">Two tensors share a name, or a type or shape cannot be stored.</exception>
    /// <exception cref="InvalidOperationException">A tensor wrote another number of bytes than its shape has.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<OutgoingTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        var ordered = tensors.OrderByDescending(tensor => tensor.Type.BlockBytes()).ToList();
        var header = Header(ordered, metadata ?? s_defaultMetadata);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            foreach (var tensor in ordered) tensor.WriteTo(stream);
        });
    }

    /// <summary>Writes the weights of a model folder: <c>model.safetensors</c>, or shards and their index where one file would be too large.</summary>
    /// <param name="folder">The folder; made if it is not there.</param>
    /// <param name="tensors">The tensors, as for <see cref="Write"/>.</param>
    /// <param name="metadata">Free texts for every header, or null for <c>format: pt</c>.</param>
    /// <param name="maxShardBytes">Most bytes of tensors in a file; a single larger tensor gets a file of its own.</param>
    /// <returns>Names of the files written.</returns>
    /// <exception cref="ArgumentException">As for <see cref="Write"/>.</exception>
    /// <exception cref="InvalidOperationException">As for <see cref="Write"/>.</exception>
    /// <exception cref="IOException">The folder holds weights already, or a file cannot be written.</exception>
    public static IReadOnlyList<string> WriteFolder(string folder, IReadOnlyList<OutgoingTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null, long maxShardBytes = DefaultShardBytes)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxShardBytes);
        CheckNames(tensors);
        foreach (var present in new[] { SafetensorsFolder.SingleFileName, SafetensorsIndex.FileName })
        {
            if (File.Exists(Path.Combine(folder, present))) throw new IOException($"writing weights to {folder}: it holds {present} already, and two sets of weights would be mixed; write to a new folder");
        }

        var shards = Split(tensors, maxShardBytes);
        if (shards.Count == 1)
        {
            Write(Path.Combine(folder, SafetensorsFolder.SingleFileName), tensors, metadata);
            return [SafetensorsFolder.SingleFileName];
        }

        var files = new List<string>();
        var shardOf = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < shards.Count; i++)
        {
            var name = $"model-{i + 1:D5}-of-{shards.Count:D5}.safetensors";
            Write(Path.Combine(folder, name), shards[i], metadata);
            files.Add(name);
            foreach (var tensor in shards[i]) shardOf.Add(tensor.Name, name);
        }

        var index = Index(shardOf, tensors.Sum(tensor => tensor.ByteLength));
        AtomicFile.Write(Path.Combine(folder, SafetensorsIndex.FileName), stream => stream.Write(index));
        files.Add(SafetensorsIndex.FileName);
        return files;
    }

    private static List<List<OutgoingTensor>> Split(IReadOnlyList<OutgoingTensor> tensors, long maxShardBytes)
    {
        List<List<OutgoingTensor>> shards = [[]];
        long filled = 0;
        foreach (var tensor in tensors)
        {
            var bytes = tensor.ByteLength;
            if (shards[^1].Count > 0 && bytes > maxShardBytes - filled)
            {
                shards.Add([]);
                filled = 0;
            }

            shards[^1].Add(tensor);
            filled = checked(filled + bytes);
        }

        return shards;
    }

    private static byte[] Header(List<OutgoingTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        CheckNames(tensors);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = Json(buffer, indented: false))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal)) json.WriteString(key, value);
                json.WriteEndObject();
            }

            long at = 0;
            foreach (var tensor in tensors)
            {
                if (tensor.Shape.Length > SafetensorsHeader.MaxRank) throw new ArgumentException($"tensor '{tensor.Name}' has {tensor.Shape.Length} axes; {SafetensorsHeader.MaxRank} are the most", nameof(tensors));
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", SafetensorsTypes.Name(tensor.Type));
                json.WriteStartArray("shape");
                foreach (var size in tensor.Shape) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(at);
                json.WriteNumberValue(at = checked(at + tensor.ByteLength));
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        var length = (buffer.WrittenCount + 7) / 8 * 8;
        if (length > SafetensorsHeader.MaxBytes) throw new ArgumentException($"the header would have {length} bytes; {SafetensorsHeader.MaxBytes} are the most, so write shards", nameof(tensors));
        var header = new byte[8 + length];
        BinaryPrimitives.WriteInt64LittleEndian(header, length);
        buffer.WrittenSpan.CopyTo(header.AsSpan(8));
        header.AsSpan(8 + buffer.WrittenCount).Fill((byte)' ');
        return header;
    }

    private static byte[] Index(SortedDictionary<string, string> shardOf, long totalBytes)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = Json(buffer, indented: true))
        {
            json.WriteStartObject();
            json.WriteStartObject("metadata");
            json.WriteNumber("total_size", totalBytes);
            json.WriteEndObject();
            json.WriteStartObject("weight_map");
            foreach (var (tensor, shard) in shardOf) json.WriteString(tensor, shard);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static Utf8JsonWriter Json(ArrayBufferWriter<byte> buffer, bool indented) =>
        new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = indented, NewLine = "\n" });

    private static void CheckNames(IReadOnlyList<OutgoingTensor> tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tensor in tensors)
        {
            if (tensor.Name == "__metadata__" || !names.Add(tensor.Name)) throw new ArgumentException($"two tensors are called '{tensor.Name}', or the name is reserved", nameof(tensors));
        }
    }
}
