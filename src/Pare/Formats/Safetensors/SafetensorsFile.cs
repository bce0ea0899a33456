using System.Buffers.Binary;

namespace Pare.Formats;

/// <summary>A safetensors file, mapped into memory: a JSON header of names, types, shapes and offsets, then the tensors' bytes.</summary>
/// <remarks>
/// Everything the header says is checked when the file is opened; reading a tensor afterwards stays inside the file.
/// The tensors' bytes are valid until <see cref="Dispose"/>; they need not be aligned to the size of their elements.
/// </remarks>
public sealed class SafetensorsFile : IDisposable
{
    private readonly MappedBytes _bytes;

    private SafetensorsFile(MappedBytes bytes, IReadOnlyList<StoredTensor> inOrder, IReadOnlyDictionary<string, StoredTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        (_bytes, InOrder, Tensors, Metadata) = (bytes, inOrder, tensors, metadata);
    }

    /// <summary>Path of the file, as it was given.</summary>
    public string FilePath => _bytes.Name;

    /// <summary>Bytes of the file.</summary>
    public long ByteLength => _bytes.Length;

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>The tensors in the order of their bytes in the file.</summary>
    public IReadOnlyList<StoredTensor> InOrder { get; }

    /// <summary>The free texts of the header's <c>__metadata__</c>; empty where it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Maps a file and checks its header.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The open file; dispose it when its tensors are no longer read.</returns>
    /// <exception cref="ModelFormatException">The file is truncated, damaged, or no safetensors file; or a tensor has a type that Pare does not read.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Open(MappedBytes.Map(path));
    }

    /// <summary>Reads a file that lies in memory.</summary>
    /// <param name="name">Name for messages.</param>
    /// <param name="bytes">The whole file; pinned until the result is disposed.</param>
    /// <returns>The open file.</returns>
    /// <exception cref="ModelFormatException">As for <see cref="Open(string)"/>.</exception>
    internal static SafetensorsFile Open(string name, byte[] bytes) => Open(MappedBytes.Pin(name, bytes));

    /// <summary>Unmaps the file. Its tensors must not be read any more.</summary>
    public void Dispose() => _bytes.Dispose();

    private static SafetensorsFile Open(MappedBytes bytes)
    {
        try
        {
            return Read(bytes);
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    private static unsafe SafetensorsFile Read(MappedBytes bytes)
    {
        var file = bytes.Name;
        if (bytes.Length < 8) throw new ModelFormatException(file, "byte 0", $"the length of the header was expected, 8 bytes, but the file has only {bytes.Length}");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(bytes.Slice(0, 8));
        if (length is < 2 or > SafetensorsHeader.MaxBytes)
            throw new ModelFormatException(file, "byte 0", $"a header of 2 to {SafetensorsHeader.MaxBytes} bytes was expected, its length is given as {length}; this is no safetensors file, or it is damaged");
        if (length > (ulong)bytes.Length - 8)
            throw new ModelFormatException(file, "byte 0", $"the header is given as {length} bytes long, but only {bytes.Length - 8} follow; the file is truncated, so get it again");
        var header = SafetensorsHeader.Parse(file, bytes.Slice(8, (int)length), 8);

        var start = 8 + (long)length;
        var available = bytes.Length - start;
        var extents = header.Tensors;
        foreach (var tensor in extents)
        {
            if (tensor.End > available)
                throw new ModelFormatException(file, TensorExtent.Place(tensor.Name), $"its data ends at byte {tensor.End} of the data section, which has only {available}; the file is truncated or damaged, so get it again");
        }

        extents.Sort(TensorExtent.ByOffset);
        TensorExtent.CheckDisjoint(file, extents, available);
        var tensors = new StoredTensor[extents.Count];
        var byName = new Dictionary<string, StoredTensor>(extents.Count, StringComparer.Ordinal);
        for (var i = 0; i < tensors.Length; i++)
        {
            var (name, type, shape, begin, end) = extents[i];
            tensors[i] = new StoredTensor(name, type, shape, bytes.Data + start + begin, end - begin, bytes);
            byName.Add(name, tensors[i]);
        }

        return new SafetensorsFile(bytes, tensors, byName, header.Metadata);
    }
}
