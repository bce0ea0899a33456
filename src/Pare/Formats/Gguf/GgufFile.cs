namespace Pare.Formats;

/// <summary>A GGUF file of version 2 or 3, mapped into memory: metadata, a directory of tensors, then their bytes.</summary>
/// <remarks>
/// Shapes are in Hugging Face's order: the file's <c>ne</c> reversed, so that a linear's weight is [rows, columns].
/// Everything in the directory is checked when the file is opened; reading a tensor afterwards stays inside the file.
/// The tensors' bytes are valid until <see cref="Dispose"/>.
/// </remarks>
public sealed class GgufFile : IDisposable
{
    private readonly MappedBytes _bytes;

    private GgufFile(MappedBytes bytes, GgufDirectory directory, StoredTensor[] inOrder)
    {
        _bytes = bytes;
        Version = directory.Version;
        Alignment = directory.Alignment;
        Metadata = directory.Metadata;
        InOrder = inOrder;
        var tensors = new Dictionary<string, StoredTensor>(inOrder.Length, StringComparer.Ordinal);
        foreach (var tensor in inOrder) tensors.Add(tensor.Name, tensor);
        Tensors = tensors;
    }

    /// <summary>Path of the file, as it was given.</summary>
    public string FilePath => _bytes.Name;

    /// <summary>Bytes of the file.</summary>
    public long ByteLength => _bytes.Length;

    /// <summary>Version of the format: 2 or 3.</summary>
    public int Version { get; }

    /// <summary>Bytes to a multiple of which every tensor's offset is rounded (<c>general.alignment</c>, 32 if absent).</summary>
    public int Alignment { get; }

    /// <summary>Keys and values, in the order of the file.</summary>
    public GgufMetadata Metadata { get; }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>The tensors in the order of their bytes in the file.</summary>
    public IReadOnlyList<StoredTensor> InOrder { get; }

    /// <summary>Maps a file and checks its directory.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The open file; dispose it when its tensors are no longer read.</returns>
    /// <exception cref="ModelFormatException">The file is truncated, damaged, no GGUF file, of version 1 or big-endian; or a tensor has a type that Pare does not read.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public static GgufFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Open(MappedBytes.Map(path));
    }

    /// <summary>Reads a file that lies in memory.</summary>
    /// <param name="name">Name for messages.</param>
    /// <param name="bytes">The whole file; pinned until the result is disposed.</param>
    /// <returns>The open file.</returns>
    /// <exception cref="ModelFormatException">As for <see cref="Open(string)"/>.</exception>
    internal static GgufFile Open(string name, byte[] bytes) => Open(MappedBytes.Pin(name, bytes));

    /// <summary>Unmaps the file. Its tensors must not be read any more; the metadata may.</summary>
    public void Dispose() => _bytes.Dispose();

    private static unsafe GgufFile Open(MappedBytes bytes)
    {
        try
        {
            var directory = GgufDirectory.Read(bytes);
            var tensors = new StoredTensor[directory.Tensors.Count];
            for (var i = 0; i < tensors.Length; i++)
            {
                var (name, type, shape, begin, end) = directory.Tensors[i];
                tensors[i] = new StoredTensor(name, type, shape, bytes.Data + directory.DataStart + begin, end - begin, bytes);
            }

            return new GgufFile(bytes, directory, tensors);
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }
}
