using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pare.Numerics;

/// <summary>Memory outside the managed heap, aligned to 64 bytes (to 2 MiB, with large pages advised, from 4 MiB on).</summary>
/// <typeparam name="T">An unmanaged element type.</typeparam>
/// <remarks>Not for concurrent disposal and use. Forgotten buffers are freed by the finalizer; pointers taken from a buffer do not keep it alive.</remarks>
public sealed unsafe class NativeBuffer<T> : IDisposable
    where T : unmanaged
{
    private const int Alignment = 64;
    private T* _pointer;

    /// <summary>Allocates a buffer.</summary>
    /// <param name="length">Elements; 0 is allowed.</param>
    /// <param name="zeroed">Whether the memory is cleared; otherwise its content is undefined.</param>
    /// <param name="hugePages">Whether a large buffer is laid in pages of 2 MiB: faster to walk, but resident in such pieces.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative length, or a size in bytes beyond the address space.</exception>
    /// <exception cref="OutOfMemoryException">The system has no such amount of memory.</exception>
    public NativeBuffer(long length, bool zeroed = true, bool hugePages = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, long.MaxValue / sizeof(T));
        var bytes = (nuint)length * (nuint)sizeof(T);
        var large = hugePages && bytes >= 2 * HugePages.Size;
        var alignment = large ? HugePages.Size : (nuint)Alignment;
        _pointer = (T*)NativeMemory.AlignedAlloc(Math.Max(bytes, Alignment), alignment);
        if (large) HugePages.Advise(_pointer, bytes);
        if (zeroed) NativeMemory.Clear(_pointer, bytes);
        if (bytes > 0) GC.AddMemoryPressure((long)bytes);
    }

    /// <summary>Frees a buffer that was not disposed.</summary>
    ~NativeBuffer() => Free();

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>The first element.</summary>
    /// <exception cref="ObjectDisposedException">The buffer is disposed.</exception>
    public T* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pointer is null, this);
            return _pointer;
        }
    }

    /// <summary>All elements.</summary>
    /// <exception cref="ObjectDisposedException">The buffer is disposed.</exception>
    /// <exception cref="OverflowException">More elements than a span can hold; use <see cref="Slice"/>.</exception>
    public Span<T> Span => new(Pointer, checked((int)Length));

    /// <summary>Some of the elements.</summary>
    /// <param name="start">First element.</param>
    /// <param name="count">Number of elements.</param>
    /// <returns>The elements, not copied.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the buffer.</exception>
    /// <exception cref="ObjectDisposedException">The buffer is disposed.</exception>
    public Span<T> Slice(long start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Length - count);
        return new Span<T>(Pointer + start, count);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_pointer is null) return;
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
        var bytes = Length * Unsafe.SizeOf<T>();
        if (bytes > 0) GC.RemoveMemoryPressure(bytes);
    }
}
