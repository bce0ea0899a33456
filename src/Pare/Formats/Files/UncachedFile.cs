using Microsoft.Win32.SafeHandles;

namespace Pare.Formats;

/// <summary>A file that is read in pieces by several threads and of which the system shall keep nothing in memory: directly, or else with pages dropped once they are read.</summary>
/// <remarks>Reads notice when the file was cut or written since it was opened: they fail instead of giving other bytes.</remarks>
internal sealed class UncachedFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly DateTime _written;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="direct">Whether direct reads are tried.</param>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public UncachedFile(string path, bool direct = true)
    {
        Path = path;
        var handle = direct ? DirectOpen.TryOpen(path) : null;
        IsDirect = handle is not null;
        _handle = handle ?? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
        Length = RandomAccess.GetLength(_handle);
        _written = File.GetLastWriteTimeUtc(_handle);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Bytes of the file when it was opened.</summary>
    public long Length { get; }

    /// <summary>Whether reads go past the page cache.</summary>
    public bool IsDirect { get; }

    /// <summary>Reads bytes; safe for use by several threads.</summary>
    /// <param name="offset">Where they begin, a multiple of <see cref="DirectOpen.Alignment"/>.</param>
    /// <param name="target">Receives them; address and length are multiples of <see cref="DirectOpen.Alignment"/>.</param>
    /// <exception cref="ModelFormatException">The file ends before them, or has changed since it was opened.</exception>
    public void Read(long offset, Span<byte> target)
    {
        var done = 0;
        while (done < target.Length)
        {
            var count = RandomAccess.Read(_handle, target[done..], offset + done);
            if (count == 0) throw new ModelFormatException(Path, $"byte {offset + done}", $"the file ends here, {target.Length - done} bytes too early: it was cut while it was read; delete it, and it is written anew at the next start");
            done += count;
        }

        if (!IsDirect) DirectOpen.Forget(_handle, offset, target.Length);
        if (RandomAccess.GetLength(_handle) != Length || File.GetLastWriteTimeUtc(_handle) != _written)
            throw new ModelFormatException(Path, $"byte {offset}", "the file was changed while it was read, so its weights cannot be trusted; delete it, and it is written anew at the next start");
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _handle.Dispose();
}
