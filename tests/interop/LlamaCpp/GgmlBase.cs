namespace Pare.Interop;

/// <summary>ggml's own quantizers and dequantizers: what a block format of the same name must agree with. Load <see cref="LlamaLibrary"/> first.</summary>
internal static unsafe class GgmlBase
{
    /// <summary>Elements of one block (1 for plain types).</summary>
    public static int BlockSize(GgmlType type) => (int)LlamaNative.TypeTraits(type)->BlockSize;

    /// <summary>Bytes of one row of <paramref name="columns"/> elements.</summary>
    public static int RowBytes(GgmlType type, int columns)
    {
        Check(type, columns);
        return checked((int)LlamaNative.RowBytes(type, columns));
    }

    /// <summary>Quantizes as <c>llama-quantize</c> does, without or with an importance per column.</summary>
    /// <param name="type">The block format.</param>
    /// <param name="values">[rows, columns], row-major.</param>
    /// <param name="columns">Elements of a row, a multiple of the block size.</param>
    /// <param name="importance">[columns], or empty for none.</param>
    /// <returns>The stored bytes, rows one after another.</returns>
    public static byte[] Quantize(GgmlType type, ReadOnlySpan<float> values, int columns, ReadOnlySpan<float> importance = default)
    {
        Check(type, columns);
        if (values.Length % columns != 0) throw new ArgumentException($"{values.Length} values are not whole rows of {columns}", nameof(values));
        if (importance.Length != 0 && importance.Length != columns) throw new ArgumentException($"{importance.Length} importances for {columns} columns", nameof(importance));
        var rows = values.Length / columns;
        var bytes = new byte[checked(rows * RowBytes(type, columns))];
        fixed (float* source = values)
        fixed (byte* target = bytes)
        fixed (float* weights = importance)
        {
            var written = LlamaNative.QuantizeChunk(type, source, target, 0, rows, columns, weights);
            if (written != (nuint)bytes.Length) throw new LlamaException($"ggml wrote {written} bytes of {type} where {bytes.Length} were expected");
        }

        return bytes;
    }

    /// <summary>Turns stored bytes into floats as llama.cpp does when it reads a weight.</summary>
    /// <param name="type">The stored type.</param>
    /// <param name="bytes">Whole blocks.</param>
    /// <param name="count">Elements to produce, a multiple of the block size.</param>
    public static float[] Dequantize(GgmlType type, ReadOnlySpan<byte> bytes, int count)
    {
        var expected = RowBytes(type, count);
        if (bytes.Length != expected) throw new ArgumentException($"{count} elements of {type} are {expected} bytes, not {bytes.Length}", nameof(bytes));
        var values = new float[count];
        if (type == GgmlType.F32)
        {
            System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).CopyTo(values);
            return values;
        }

        fixed (byte* source = bytes)
        fixed (float* target = values)
        {
            LlamaNative.TypeTraits(type)->ToFloat(source, target, count);
        }

        return values;
    }

    private static void Check(GgmlType type, int columns)
    {
        if (!Enum.IsDefined(type)) throw new ArgumentOutOfRangeException(nameof(type), type, "not a type of this binding");
        var block = BlockSize(type);
        if (columns <= 0 || columns % block != 0) throw new ArgumentException($"{columns} columns are not whole blocks of {block}, which {type} needs", nameof(columns));
    }
}
