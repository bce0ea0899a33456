namespace Pare.Numerics;

/// <summary>A row-major array of float32 numbers with a shape: memory of its own, or a view of another tensor's.</summary>
/// <remarks>A view shares numbers with, and keeps alive, the tensor it was made from; disposing either frees the memory of both.</remarks>
public sealed unsafe class Tensor : IDisposable
{
    private readonly int[] _shape;
    private readonly NativeBuffer<float> _buffer;
    private readonly long _offset;

    /// <summary>Makes a tensor of zeros.</summary>
    /// <param name="shape">Sizes, outermost first, none negative; no sizes make a scalar.</param>
    /// <exception cref="ArgumentException">A negative size, or more than 2⁴⁰ elements.</exception>
    public Tensor(params int[] shape)
        : this(shape, null, 0)
    {
    }

    private Tensor(int[] shape, NativeBuffer<float>? buffer, long offset)
    {
        ArgumentNullException.ThrowIfNull(shape);
        _shape = (int[])shape.Clone();
        Length = Count(shape);
        _buffer = buffer ?? new NativeBuffer<float>(Length);
        _offset = offset;
        Columns = shape.Length == 0 ? 1 : shape[^1];
        Rows = Columns == 0 ? 0 : checked((int)(Length / Columns));
    }

    /// <summary>Sizes, outermost first.</summary>
    public ReadOnlySpan<int> Shape => _shape;

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>Size of the last axis (1 for a scalar).</summary>
    public int Columns { get; }

    /// <summary>Product of all axes but the last.</summary>
    public int Rows { get; }

    /// <summary>The first element; valid while this tensor or one that shares its memory is reachable and not disposed.</summary>
    /// <exception cref="ObjectDisposedException">The memory is freed.</exception>
    public float* Pointer => _buffer.Pointer + _offset;

    /// <summary>All elements, row-major.</summary>
    /// <exception cref="ObjectDisposedException">The memory is freed.</exception>
    /// <exception cref="OverflowException">More elements than a span can hold; use <see cref="Row"/>.</exception>
    public Span<float> Span => new(Pointer, checked((int)Length));

    /// <summary>One row, the last axis.</summary>
    /// <param name="row">Row, from 0 to <see cref="Rows"/> − 1.</param>
    /// <returns>The row, [<see cref="Columns"/>], not copied.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    /// <exception cref="ObjectDisposedException">The memory is freed.</exception>
    public Span<float> Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        return new Span<float>(Pointer + (long)row * Columns, Columns);
    }

    /// <summary>The same numbers under another shape.</summary>
    /// <param name="shape">Sizes of the same product.</param>
    /// <returns>A view.</returns>
    /// <exception cref="ArgumentException">The shape holds another number of elements.</exception>
    public Tensor Reshape(params int[] shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (Count(shape) != Length)
            throw new ArgumentException($"shape [{string.Join(", ", shape)}] holds {Count(shape)} elements, the tensor [{string.Join(", ", _shape)}] {Length}", nameof(shape));
        return new Tensor(shape, _buffer, _offset);
    }

    /// <summary>A range of the first axis.</summary>
    /// <param name="start">First index.</param>
    /// <param name="count">Number of indices.</param>
    /// <returns>A view of shape [count, the other axes].</returns>
    /// <exception cref="InvalidOperationException">The tensor is a scalar.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the axis.</exception>
    public Tensor Slice(int start, int count)
    {
        if (_shape.Length == 0) throw new InvalidOperationException("a scalar has no axis to slice");
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, _shape[0] - count);
        var shape = (int[])_shape.Clone();
        shape[0] = count;
        var stride = _shape[0] == 0 ? 0 : Length / _shape[0];
        return new Tensor(shape, _buffer, _offset + start * stride);
    }

    /// <summary>Frees the memory, also that of all views of it.</summary>
    public void Dispose() => _buffer.Dispose();

    private static long Count(int[] shape)
    {
        long count = 1;
        foreach (var size in shape)
        {
            if (size < 0) throw new ArgumentException($"shape [{string.Join(", ", shape)}] has a negative size", nameof(shape));
            if (size > 0 && count > (1L << 40) / size)
                throw new ArgumentException($"shape [{string.Join(", ", shape)}] holds more than 2^40 elements", nameof(shape));
            count *= size;
        }

        return count;
    }
}
