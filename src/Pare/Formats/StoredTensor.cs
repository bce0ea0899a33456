namespace Pare.Formats;

/// <summary>A tensor as it lies in a file: name, type, shape and mapped, read-only bytes. Row-major, the last axis contiguous.</summary>
/// <remarks>The bytes stay valid while <see cref="Owner"/> (the mapped file, or an array) is alive and not disposed.</remarks>
public sealed unsafe class StoredTensor
{
    private readonly byte* _data;

    /// <summary>Creates a view of bytes that <paramref name="owner"/> keeps alive.</summary>
    /// <param name="name">Name of the tensor in its file.</param>
    /// <param name="type">How its numbers are written.</param>
    /// <param name="shape">Sizes, outermost first (Hugging Face order: [rows, columns]).</param>
    /// <param name="data">First byte.</param>
    /// <param name="byteLength">Bytes of the tensor; equals the size that type and shape amount to.</param>
    /// <param name="owner">What keeps the bytes mapped.</param>
    internal StoredTensor(string name, ElementType type, long[] shape, byte* data, long byteLength, object owner)
    {
        Name = name;
        Type = type;
        Shape = shape;
        _data = data;
        ByteLength = byteLength;
        Owner = owner;
        Columns = shape.Length == 0 ? 1 : shape[^1];
        long rows = 1;
        for (var i = 0; i < shape.Length - 1; i++) rows = checked(rows * shape[i]);
        Rows = rows;
    }

    /// <summary>Name of the tensor in its file.</summary>
    public string Name { get; }

    /// <summary>How the numbers are written.</summary>
    public ElementType Type { get; }

    /// <summary>Sizes, outermost first.</summary>
    public long[] Shape { get; }

    /// <summary>Bytes of the tensor.</summary>
    public long ByteLength { get; }

    /// <summary>Size of the last axis (1 for a scalar).</summary>
    public long Columns { get; }

    /// <summary>Product of all axes but the last.</summary>
    public long Rows { get; }

    /// <summary>Number of elements.</summary>
    public long ElementCount => Rows * Columns;

    /// <summary>What keeps the bytes mapped.</summary>
    internal object Owner { get; }

    /// <summary>First byte of the tensor.</summary>
    internal byte* Data => _data;

    /// <summary>The bytes of one row.</summary>
    /// <param name="row">Row, from 0 to <see cref="Rows"/> − 1.</param>
    /// <returns>Bytes of the row, [<see cref="Columns"/>] elements.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public ReadOnlySpan<byte> RowBytes(long row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        var bytes = Type.RowBytes(Columns);
        return new ReadOnlySpan<byte>(_data + row * bytes, checked((int)bytes));
    }
}
