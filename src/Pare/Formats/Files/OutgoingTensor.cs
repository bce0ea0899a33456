namespace Pare.Formats;

/// <summary>A tensor to be written to a file: what it is, and how to get its bytes when their turn comes.</summary>
/// <param name="Name">Name in the file.</param>
/// <param name="Type">How its numbers are written.</param>
/// <param name="Shape">Sizes, outermost first (Hugging Face order: [rows, columns]).</param>
/// <param name="Write">Writes exactly <see cref="ByteLength"/> bytes, row after row, little-endian. Called once for every file that is written.</param>
public sealed record OutgoingTensor(string Name, ElementType Type, long[] Shape, Action<Stream> Write)
{
    /// <summary>Bytes that type and shape amount to.</summary>
    /// <exception cref="ArgumentException">A size is negative, or a row is no whole number of blocks.</exception>
    /// <exception cref="OverflowException">The size does not fit in 63 bits.</exception>
    public long ByteLength
    {
        get
        {
            var bytes = Type.RowBytes(Shape.Length == 0 ? 1 : Shape[^1]);
            for (var i = 0; i < Shape.Length - 1; i++)
            {
                if (Shape[i] < 0) throw new ArgumentException($"tensor '{Name}' has the shape {TensorExtent.Describe(Shape)}");
                bytes = checked(bytes * Shape[i]);
            }

            return bytes;
        }
    }

    /// <summary>A tensor whose bytes are in memory.</summary>
    /// <param name="name">Name in the file.</param>
    /// <param name="type">How its numbers are written.</param>
    /// <param name="shape">Sizes, outermost first.</param>
    /// <param name="bytes">The content, little-endian; not copied.</param>
    /// <returns>The tensor.</returns>
    public static OutgoingTensor FromBytes(string name, ElementType type, long[] shape, ReadOnlyMemory<byte> bytes) =>
        new(name, type, shape, stream => stream.Write(bytes.Span));

    /// <summary>A copy of a stored tensor, as it is.</summary>
    /// <param name="tensor">The tensor; its file must stay open until it is written.</param>
    /// <param name="name">Another name, or null for its own.</param>
    /// <returns>The tensor.</returns>
    public static OutgoingTensor Copy(StoredTensor tensor, string? name = null) =>
        new(name ?? tensor.Name, tensor.Type, tensor.Shape, stream => WriteAll(stream, tensor));

    /// <summary>Writes the content and checks its length.</summary>
    /// <param name="stream">Where to.</param>
    /// <exception cref="InvalidOperationException"><see cref="Write"/> gave too few or too many bytes.</exception>
    internal void WriteTo(Stream stream)
    {
        var counted = new CountedStream(stream, Name, ByteLength);
        Write(counted);
        counted.CheckComplete();
    }

    private static unsafe void WriteAll(Stream stream, StoredTensor tensor)
    {
        const int Piece = 1 << 20;
        for (long at = 0; at < tensor.ByteLength; at += Piece)
        {
            stream.Write(new ReadOnlySpan<byte>(tensor.Data + at, (int)Math.Min(Piece, tensor.ByteLength - at)));
        }

        GC.KeepAlive(tensor);
    }
}
