using System.Runtime.InteropServices;
using Pare.Formats.Blocks;
using Pare.Formats.Sparse;
using Pare.Formats.Tables;
using Pare.Numerics;

namespace Pare.Formats;

/// <summary>Turns stored weights of any <see cref="ElementType"/> into float32 and float32 into the types that Pare writes.</summary>
/// <remarks>
/// The block formats give the numbers of llama.cpp's scalar code to the bit, in both directions (writing: without an importance matrix).
/// No method allocates (encoding in sparse and table formats does), and all may run on several threads at once; a caller splits a matrix by rows.
/// A sparse format's scales belong to a whole row: its rows are encoded and decoded one by one, and what is kept is what has the largest magnitude.
/// </remarks>
public static class WeightCodec
{
    /// <summary>Decodes whole blocks (for plain types: any number of elements).</summary>
    /// <param name="type">How <paramref name="source"/> is written; a type for which <see cref="ElementTypes.IsWeightType"/> holds.</param>
    /// <param name="source">Stored bytes: <see cref="ElementTypes.RowBytes"/> of the destination's length.</param>
    /// <param name="destination">[elements] numbers, a multiple of <see cref="ElementTypes.BlockLength"/>; must not overlap the source.</param>
    /// <exception cref="ArgumentException">The type holds no weights, or the lengths do not fit each other.</exception>
    public static void Dequantize(ElementType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        CheckLengths(type, source.Length, destination.Length, "decode");
        switch (type)
        {
            case ElementType.F64: PlainFloats.FromF64(source, destination); break;
            case ElementType.F32: MemoryMarshal.Cast<byte, float>(source).CopyTo(destination); break;
            case ElementType.F16: HalfConversion.ToSingle(MemoryMarshal.Cast<byte, Half>(source), destination); break;
            case ElementType.BF16: HalfConversion.BFloat16ToSingle(MemoryMarshal.Cast<byte, ushort>(source), destination); break;
            case ElementType.F8E4M3: PlainFloats.FromF8E4M3(source, destination); break;
            case ElementType.F8E5M2: PlainFloats.FromF8E5M2(source, destination); break;
            case ElementType.Q4_0: BlockTraversal<BlockQ4_0>.Dequantize(source, destination); break;
            case ElementType.Q4_1: BlockTraversal<BlockQ4_1>.Dequantize(source, destination); break;
            case ElementType.Q5_0: BlockTraversal<BlockQ5_0>.Dequantize(source, destination); break;
            case ElementType.Q5_1: BlockTraversal<BlockQ5_1>.Dequantize(source, destination); break;
            case ElementType.Q8_0: BlockTraversal<BlockQ8_0>.Dequantize(source, destination); break;
            case ElementType.Q2_K: BlockTraversal<BlockQ2_K>.Dequantize(source, destination); break;
            case ElementType.Q3_K: BlockTraversal<BlockQ3_K>.Dequantize(source, destination); break;
            case ElementType.Q4_K: BlockTraversal<BlockQ4_K>.Dequantize(source, destination); break;
            case ElementType.Q5_K: BlockTraversal<BlockQ5_K>.Dequantize(source, destination); break;
            case ElementType.Q6_K: BlockTraversal<BlockQ6_K>.Dequantize(source, destination); break;
            case ElementType.IQ4_NL: BlockTraversal<BlockIQ4_NL>.Dequantize(source, destination); break;
            default:
                if (TableFormat.IsTable(type))
                {
                    if (TableRow.Decode(TableFormat.Of(type), source, destination.Length, 0, destination) is { } damage) throw new ArgumentException($"decoding weights: {damage}", nameof(source));
                    break;
                }

                if (!SparseFormat.IsSparse(type)) throw new ArgumentException($"decoding weights: elements of type {type} hold no weights; expected one of {WeightNames}", nameof(type));
                if (SparseRow.Decode(SparseFormat.Of(type), source, destination.Length, 0, destination) is { } problem) throw new ArgumentException($"decoding weights: {problem}", nameof(source));
                break;
        }
    }

    /// <summary>Encodes whole blocks (for plain types: any number of elements).</summary>
    /// <param name="type">A type for which <see cref="CanWrite"/> holds.</param>
    /// <param name="source">[elements] finite numbers, a multiple of <see cref="ElementTypes.BlockLength"/>.</param>
    /// <param name="destination">Receives <see cref="ElementTypes.RowBytes"/> bytes; must not overlap the source.</param>
    /// <exception cref="ArgumentException">The type is not written, the lengths do not fit each other, a number is not finite, or it is too large for the type.</exception>
    public static void Quantize(ElementType type, ReadOnlySpan<float> source, Span<byte> destination)
    {
        if (!CanWrite(type)) throw new ArgumentException($"encoding weights: {type} is not written; expected one of {WritableNames}", nameof(type));
        CheckLengths(type, destination.Length, source.Length, "encode");
        FiniteNumbers.Check(type, source);
        var overflow = -1;
        switch (type)
        {
            case ElementType.F32: MemoryMarshal.AsBytes(source).CopyTo(destination); break;
            case ElementType.F16:
                HalfConversion.ToHalf(source, MemoryMarshal.Cast<byte, Half>(destination));
                overflow = FiniteNumbers.FirstNotFinite(MemoryMarshal.Cast<byte, Half>(destination));
                break;
            case ElementType.BF16:
                HalfConversion.ToBFloat16(source, MemoryMarshal.Cast<byte, ushort>(destination));
                overflow = FiniteNumbers.FirstBeyond(source, FiniteNumbers.LargestToBF16);
                break;
            case ElementType.Q4_0: overflow = WritableBlockTraversal<BlockQ4_0>.Quantize(source, destination); break;
            case ElementType.Q4_1: overflow = WritableBlockTraversal<BlockQ4_1>.Quantize(source, destination); break;
            case ElementType.Q5_0: overflow = WritableBlockTraversal<BlockQ5_0>.Quantize(source, destination); break;
            case ElementType.Q5_1: overflow = WritableBlockTraversal<BlockQ5_1>.Quantize(source, destination); break;
            case ElementType.Q8_0: overflow = WritableBlockTraversal<BlockQ8_0>.Quantize(source, destination); break;
            case ElementType.Q2_K: overflow = WritableBlockTraversal<BlockQ2_K>.Quantize(source, destination); break;
            case ElementType.Q3_K: overflow = WritableBlockTraversal<BlockQ3_K>.Quantize(source, destination); break;
            case ElementType.Q4_K: overflow = WritableBlockTraversal<BlockQ4_K>.Quantize(source, destination); break;
            case ElementType.Q5_K: overflow = WritableBlockTraversal<BlockQ5_K>.Quantize(source, destination); break;
            case ElementType.Q6_K: overflow = WritableBlockTraversal<BlockQ6_K>.Quantize(source, destination); break;
            case ElementType.IQ4_NL: overflow = WritableBlockTraversal<BlockIQ4_NL>.Quantize(source, destination); break;
            case var table when TableFormat.IsTable(table): new TableRowEncoder(TableFormat.Of(table), source.Length).Encode(source, destination); break;
            default: new SparseRowEncoder(SparseFormat.Of(type), source.Length).Encode(source, destination); break;
        }

        if (overflow >= 0) throw FiniteNumbers.Overflow(type, overflow);
    }

    /// <summary>Whether <see cref="Quantize"/> writes the type.</summary>
    /// <param name="type">The element type.</param>
    /// <returns>True for F32, F16, BF16, every block format, every sparse one and those with a table a row.</returns>
    public static bool CanWrite(ElementType type) => type is ElementType.F32 or ElementType.F16 or ElementType.BF16 || type.IsBlockFormat();

    /// <summary>The type to store rows in where the wanted one's blocks do not divide them: llama.cpp's replacement where it has one, else F16.</summary>
    /// <param name="wanted">The type asked for.</param>
    /// <param name="columns">Elements in a row.</param>
    /// <returns><paramref name="wanted"/> where its blocks divide the row. Else Q2_K and Q3_K become Q4_0, Q4_K Q5_0, Q5_K Q5_1, Q6_K Q8_0; and F16 where 32 does not divide the row either.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="columns"/> is negative.</exception>
    public static ElementType Fallback(ElementType wanted, long columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        if (columns % wanted.BlockLength() == 0) return wanted;
        var replacement = wanted switch
        {
            ElementType.Q2_K or ElementType.Q3_K => ElementType.Q4_0,
            ElementType.Q4_K => ElementType.Q5_0,
            ElementType.Q5_K => ElementType.Q5_1,
            ElementType.Q6_K => ElementType.Q8_0,
            _ => ElementType.F16,
        };
        return columns % replacement.BlockLength() == 0 ? replacement : ElementType.F16;
    }

    private static string WritableNames => string.Join(", ", Enum.GetValues<ElementType>().Where(CanWrite));

    private static string WeightNames => string.Join(", ", Enum.GetValues<ElementType>().Where(ElementTypes.IsWeightType));

    private static void CheckLengths(ElementType type, int bytes, int elements, string verb)
    {
        var length = type.BlockLength();
        if (elements % length != 0)
            throw new ArgumentException($"{verb} {type.Label()}: {elements} elements are no whole number of blocks of {length}; WeightCodec.Fallback names a type that fits");
        if (type.RowBytes(elements) != bytes)
            throw new ArgumentException($"{verb} {type.Label()}: {elements} elements take {type.RowBytes(elements)} bytes, but the span of bytes has {bytes}");
    }
}
