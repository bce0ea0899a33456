using System.Runtime.CompilerServices;

namespace Pare.Formats.Sparse;

/// <summary>Reads numbers of a few bits one after another, from the lowest bit of a byte on. Behind the end there are zeros.</summary>
internal ref struct BitCursor
{
    private readonly ReadOnlySpan<byte> _bytes;
    private ulong _bits;
    private int _count;
    private int _next;

    /// <summary>Begins at a bit.</summary>
    public BitCursor(ReadOnlySpan<byte> bytes, long bit)
    {
        _bytes = bytes;
        _next = (int)(bit >> 3);
        var skip = (int)(bit & 7);
        if (skip > 0) Read(skip);
    }

    /// <summary>The next number of at most 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Read(int count)
    {
        while (_count < count)
        {
            if (_next < _bytes.Length) _bits |= (ulong)_bytes[_next++] << _count;
            _count += 8;
        }

        var value = (uint)_bits & (1u << count) - 1;
        _bits >>= count;
        _count -= count;
        return value;
    }
}
