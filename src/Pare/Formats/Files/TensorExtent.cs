namespace Pare.Formats;

/// <summary>What a file's directory says about one tensor; the offsets count from the start of the data section.</summary>
/// <param name="Name">Name in the file.</param>
/// <param name="Type">How its numbers are written.</param>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="Begin">First byte.</param>
/// <param name="End">One past the last byte.</param>
internal readonly record struct TensorExtent(string Name, ElementType Type, long[] Shape, long Begin, long End)
{
    /// <summary>Bytes that a type and a shape from a file amount to, with every product checked.</summary>
    /// <exception cref="ModelFormatException">The size does not fit in 63 bits, or the rows are no whole blocks.</exception>
    public static long SizeOf(string file, string name, ElementType type, ReadOnlySpan<long> shape)
    {
        long elements = 1;
        foreach (var size in shape)
        {
            if (size < 0 || (size > 0 && elements > long.MaxValue / size))
                throw new ModelFormatException(file, Place(name), $"the shape {Describe(shape)} has a size that no tensor can have");
            elements *= size;
        }

        var length = type.BlockLength();
        var columns = shape.Length == 0 ? 1 : shape[^1];
        if (columns % length != 0)
            throw new ModelFormatException(file, Place(name), $"rows of {columns} elements are no whole number of {type} blocks of {length}");
        var blocks = elements / length;
        if (blocks > long.MaxValue / type.BlockBytes())
            throw new ModelFormatException(file, Place(name), $"{type} {Describe(shape)} has more bytes than any file");
        return blocks * type.BlockBytes();
    }

    /// <summary>Refuses tensors that share bytes, and, where the format wants it, bytes that belong to no tensor.</summary>
    /// <param name="file">Path for the message.</param>
    /// <param name="sorted">The tensors by first byte, empty ones before others that start at the same byte.</param>
    /// <param name="covers">The length that the tensors must cover without gaps, or null where gaps are allowed.</param>
    /// <exception cref="ModelFormatException">Two tensors overlap or there is a gap.</exception>
    public static void CheckDisjoint(string file, IReadOnlyList<TensorExtent> sorted, long? covers)
    {
        long end = 0;
        var previous = "";
        foreach (var tensor in sorted)
        {
            if (tensor.Begin < end && tensor.End > tensor.Begin)
                throw new ModelFormatException(file, Place(tensor.Name), $"its data starts at byte {tensor.Begin} of the data section, inside that of '{previous}', which ends at {end}");
            if (covers is not null && tensor.Begin != end)
                throw new ModelFormatException(file, Place(tensor.Name), $"its data starts at byte {tensor.Begin} of the data section; {end} was expected, where the tensor before it ends (the format allows no gaps)");
            if (tensor.End <= end) continue;
            end = tensor.End;
            previous = tensor.Name;
        }

        if (covers is { } length && end != length)
            throw new ModelFormatException(file, "", $"the tensors end at byte {end} of the data section, but it has {length} bytes; the file was damaged or not written to its end, so get it again");
    }

    /// <summary>The place of a tensor in a message; names from files are cut to a readable length.</summary>
    public static string Place(string name) => $"tensor '{Short(name)}'";

    /// <summary>A text from a file, cut so that a message stays readable, without control characters.</summary>
    public static string Short(string text)
    {
        const int Longest = 120;
        var cut = text.Length <= Longest ? text : string.Concat(text.AsSpan(0, Longest), "…");
        return cut.Any(char.IsControl) ? string.Concat(cut.Select(c => char.IsControl(c) ? '\uFFFD' : c)) : cut;
    }

    /// <summary>A shape as <c>[rows, columns]</c>.</summary>
    public static string Describe(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";

    /// <summary>Order by first byte, then by last: empty tensors come before the one that starts where they stand.</summary>
    public static int ByOffset(TensorExtent a, TensorExtent b)
    {
        var order = a.Begin.CompareTo(b.Begin);
        if (order == 0) order = a.End.CompareTo(b.End);
        return order != 0 ? order : string.CompareOrdinal(a.Name, b.Name);
    }
}
