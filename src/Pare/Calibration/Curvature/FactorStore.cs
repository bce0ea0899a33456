using Pare.Numerics;

namespace Pare.Calibration;

/// <summary>Symmetric float32 matrices by name: in memory as far as the budget goes, the others in a file that disappears with the store.</summary>
/// <remarks>One matrix of the file is in memory at a time. Not for concurrent use.</remarks>
internal sealed unsafe class FactorStore : IDisposable
{
    private readonly Dictionary<FactorKey, Entry> _entries = [];
    private readonly List<NativeBuffer<float>> _buffers = [];
    private readonly NativeBuffer<float>? _window;
    private readonly FileStream? _file;
    private FactorKey? _loaded;

    /// <summary>Makes room for zeroed matrices.</summary>
    /// <param name="sizes">Rows of each matrix.</param>
    /// <param name="memoryBytes">Budget.</param>
    /// <param name="folder">Where the file lies; null takes the system's folder for temporary files.</param>
    /// <exception cref="CurvatureException">The budget is smaller than one matrix that has to wait in the file.</exception>
    public FactorStore(IReadOnlyList<KeyValuePair<FactorKey, int>> sizes, long memoryBytes, string? folder)
    {
        Split = FactorSplit.Of([.. sizes.Select(entry => entry.Value)], memoryBytes);
        long offset = 0;
        for (var i = 0; i < sizes.Count; i++)
        {
            var (key, size) = sizes[i];
            if (Split.InMemory[i])
            {
                _buffers.Add(new NativeBuffer<float>((long)size * size));
                _entries.Add(key, new Entry(size, _buffers[^1], 0));
            }
            else
            {
                _entries.Add(key, new Entry(size, null, offset));
                offset += FactorSplit.Bytes(size);
            }
        }

        if (offset == 0) return;
        _window = new NativeBuffer<float>(Split.WindowBytes / sizeof(float));
        var path = Path.Combine(folder ?? Path.GetTempPath(), $"pare-curvature-{Guid.NewGuid():N}");
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 0, FileOptions.DeleteOnClose);
        // A file that was set to a length reads as zeros.
        _file.SetLength(offset);
    }

    /// <summary>What lies where.</summary>
    public FactorSplit Split { get; }

    /// <summary>Rows of a matrix.</summary>
    public int Size(FactorKey key) => _entries[key].Size;

    /// <summary>A matrix, [size, size]; valid until another one is asked for.</summary>
    public float* Load(FactorKey key)
    {
        var entry = _entries[key];
        if (entry.Buffer is { } buffer) return buffer.Pointer;
        if (_loaded == key) return _window!.Pointer;
        _loaded = null;
        Transfer(entry, write: false);
        _loaded = key;
        return _window!.Pointer;
    }

    /// <summary>Keeps what was changed in the matrix that was loaded last.</summary>
    public void Save(FactorKey key)
    {
        var entry = _entries[key];
        if (entry.Buffer is not null) return;
        if (_loaded != key) throw new InvalidOperationException($"{key} is not the matrix that was loaded last");
        Transfer(entry, write: true);
    }

    public void Dispose()
    {
        foreach (var buffer in _buffers) buffer.Dispose();
        _window?.Dispose();
        _file?.Dispose();
    }

    private void Transfer(Entry entry, bool write)
    {
        var bytes = FactorSplit.Bytes(entry.Size);
        for (long at = 0; at < bytes;)
        {
            var part = new Span<byte>((byte*)_window!.Pointer + at, (int)Math.Min(bytes - at, 1 << 26));
            if (write)
            {
                RandomAccess.Write(_file!.SafeFileHandle, part, entry.Offset + at);
                at += part.Length;
                continue;
            }

            var read = RandomAccess.Read(_file!.SafeFileHandle, part, entry.Offset + at);
            if (read == 0) throw new IOException("the file of the curvature's factors ended early");
            at += read;
        }
    }

    private sealed record Entry(int Size, NativeBuffer<float>? Buffer, long Offset);
}
