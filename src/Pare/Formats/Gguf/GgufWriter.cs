namespace Pare.Formats;

/// <summary>Writes GGUF files of version 3, deterministically and atomically; tensors are streamed one after another in the order given.</summary>
public static class GgufWriter
{
    private const int LongestTensorName = 63;

    /// <summary>Writes a file.</summary>
    /// <param name="path">The file; replaced if it exists, untouched if anything fails.</param>
    /// <param name="metadata">Keys and values, written in this order. A <c>general.alignment</c> among them sets the alignment (32 if absent).</param>
    /// <param name="tensors">The tensors with shapes in Hugging Face's order; they are written reversed, as the format has them.</param>
    /// <exception cref="ArgumentException">A name occurs twice or is too long, or a type or shape cannot be stored in GGUF.</exception>
    /// <exception cref="InvalidOperationException">A tensor wrote another number of bytes than its shape has.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyCollection<KeyValuePair<string, GgufValue>> metadata, IReadOnlyList<OutgoingTensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(tensors);
        var alignment = Alignment(metadata);
        var directory = Directory(metadata, tensors, alignment);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(directory);
            foreach (var tensor in tensors)
            {
                tensor.WriteTo(stream);
                Pad(stream, tensor.ByteLength, alignment);
            }
        });
    }

    private static byte[] Directory(IReadOnlyCollection<KeyValuePair<string, GgufValue>> metadata, IReadOnlyList<OutgoingTensor> tensors, int alignment)
    {
        using var buffer = new MemoryStream();
        var writer = new GgufValueWriter(buffer);
        buffer.Write(GgufDirectory.Magic);
        writer.UInt32(3);
        writer.UInt64((ulong)tensors.Count);
        writer.UInt64((ulong)metadata.Count);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, value) in metadata)
        {
            if (key.Length == 0 || !names.Add(key)) throw new ArgumentException($"the metadata key '{key}' is empty or occurs twice", nameof(metadata));
            writer.Text(key);
            writer.Value(value);
        }

        names.Clear();
        long offset = 0;
        foreach (var tensor in tensors)
        {
            Check(tensor, names);
            writer.Text(tensor.Name);
            // A scalar is written as a vector of one element: not every reader knows tensors without axes.
            writer.UInt32((uint)Math.Max(1, tensor.Shape.Length));
            if (tensor.Shape.Length == 0) writer.UInt64(1);
            for (var axis = tensor.Shape.Length - 1; axis >= 0; axis--) writer.UInt64((ulong)tensor.Shape[axis]);
            writer.UInt32(GgmlTypes.Number(tensor.Type)!.Value);
            writer.UInt64((ulong)offset);
            offset = checked(offset + (tensor.ByteLength + alignment - 1) / alignment * alignment);
        }

        Pad(buffer, buffer.Length, alignment);
        return buffer.ToArray();
    }

    private static void Check(OutgoingTensor tensor, HashSet<string> names)
    {
        if (!names.Add(tensor.Name)) throw new ArgumentException($"two tensors are called '{tensor.Name}'", nameof(tensor));
        if (System.Text.Encoding.UTF8.GetByteCount(tensor.Name) is 0 or > LongestTensorName)
            throw new ArgumentException($"the tensor name '{tensor.Name}' must have 1 to {LongestTensorName} bytes, which is what readers of GGUF take", nameof(tensor));
        if (tensor.Shape.Length > GgufDirectory.MaxRank) throw new ArgumentException($"tensor '{tensor.Name}' has {tensor.Shape.Length} axes; {GgufDirectory.MaxRank} are the most in GGUF", nameof(tensor));
        if (GgmlTypes.Number(tensor.Type) is null) throw new ArgumentException($"tensor '{tensor.Name}' is {tensor.Type}, a type that GGUF does not have", nameof(tensor));
    }

    private static int Alignment(IReadOnlyCollection<KeyValuePair<string, GgufValue>> metadata)
    {
        foreach (var (key, value) in metadata)
        {
            if (key != GgufDirectory.AlignmentKey) continue;
            return value.Type == GgufValueType.UInt32 && value.TryGetInt64(out var alignment) && alignment is >= 8 and <= 1 << 20 && long.IsPow2(alignment)
                ? (int)alignment
                : throw new ArgumentException($"{key} must be a UInt32, a power of two from 8 to 1048576; {value} was given", nameof(metadata));
        }

        return GgufDirectory.DefaultAlignment;
    }

    private static void Pad(Stream stream, long written, int alignment)
    {
        var missing = (int)((alignment - written % alignment) % alignment);
        if (missing > 0) stream.Write(new byte[missing]);
    }
}
