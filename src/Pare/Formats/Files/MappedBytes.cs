using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Pare.Formats;

/// <summary>The read-only bytes of a file, mapped into memory, or of an array that is pinned.</summary>
/// <remarks>The bytes stay valid until <see cref="Dispose"/>, or until nothing refers to this object any more.</remarks>
internal sealed unsafe class MappedBytes : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private GCHandle _pin;
    private bool _released;

    private MappedBytes(string name, MemoryMappedFile file, MemoryMappedViewAccessor view, byte* data, long length)
    {
        Name = name;
        _file = file;
        _view = view;
        Data = data;
        Length = length;
    }

    private MappedBytes(string name, byte[] bytes)
    {
        Name = name;
        _pin = GCHandle.Alloc(bytes, GCHandleType.Pinned);
        Data = (byte*)_pin.AddrOfPinnedObject();
        Length = bytes.LongLength;
    }

    /// <summary>Frees a mapping that was not disposed: the acquired pointer would otherwise keep it for ever.</summary>
    ~MappedBytes() => Release();

    /// <summary>Path of the file, or the name given to the array.</summary>
    public string Name { get; }

    /// <summary>First byte.</summary>
    public byte* Data { get; }

    /// <summary>Number of bytes.</summary>
    public long Length { get; }

    /// <summary>Maps a file.</summary>
    /// <exception cref="ModelFormatException">The file is empty, a folder, or a pipe or device.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public static MappedBytes Map(string path)
    {
        if (Directory.Exists(path)) throw new ModelFormatException(path, "", "a file was expected, but this is a folder");
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
        if (!stream.CanSeek) throw new ModelFormatException(path, "", "a file on a disk was expected, but this is a pipe or a device, which cannot be mapped into memory");
        var length = stream.Length;
        if (length == 0) throw new ModelFormatException(path, "", "the file is empty; it was probably never completely written, so get it again");
        MemoryMappedFile? file = null;
        MemoryMappedViewAccessor? view = null;
        try
        {
            file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            byte* data = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref data);
            return new MappedBytes(path, file, view, data + view.PointerOffset, length);
        }
        catch
        {
            view?.Dispose();
            file?.Dispose();
            throw;
        }
    }

    /// <summary>Pins an array as if it were a file.</summary>
    public static MappedBytes Pin(string name, byte[] bytes) => new(name, bytes);

    /// <summary>The bytes from <paramref name="offset"/> on; the range must lie inside.</summary>
    public ReadOnlySpan<byte> Slice(long offset, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - count);
        return new ReadOnlySpan<byte>(Data + offset, count);
    }

    /// <summary>Says that bytes are not needed for now: a file's pages leave physical memory and are read again when they are touched.</summary>
    /// <param name="data">First byte, inside this mapping.</param>
    /// <param name="length">Bytes; only whole pages are let go.</param>
    public void Forget(byte* data, long length)
    {
        // An array's pages hold the only copy.
        if (_file is null || _released || data < Data || length > Data + Length - data) return;
        MappedPages.Forget(data, length);
    }

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        if (_released) return;
        _released = true;
        if (_pin.IsAllocated) _pin.Free();
        _view?.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _file?.Dispose();
    }
}
