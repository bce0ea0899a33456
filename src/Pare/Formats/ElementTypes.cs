using Pare.Formats.Sparse;
using Pare.Formats.Tables;

namespace Pare.Formats;

/// <summary>Sizes and names of the <see cref="ElementType"/>s.</summary>
public static partial class ElementTypes
{
    /// <summary>Number of consecutive elements of a row that are stored together: 1 for plain types, 32 or 256 for block formats, M for sparse ones; 1 for those with a table a row, whose rows are still decoded as a whole.</summary>
    /// <param name="type">The element type.</param>
    /// <returns>Elements per block.</returns>
    public static int BlockLength(this ElementType type) => type switch
    {
        ElementType.Q4_0 or ElementType.Q4_1 or ElementType.Q5_0 or ElementType.Q5_1 or ElementType.Q8_0 or ElementType.IQ4_NL => 32,
        ElementType.Q2_K or ElementType.Q3_K or ElementType.Q4_K or ElementType.Q5_K or ElementType.Q6_K => 256,
        _ => SparseFormat.IsSparse(type) ? SparseFormat.Of(type).Block : 1,
    };

    /// <summary>Bytes of one block of <see cref="BlockLength"/> elements, scales included.</summary>
    /// <param name="type">The element type.</param>
    /// <returns>Bytes per block.</returns>
    /// <exception cref="ArgumentException">The format is sparse: its rows are no blocks one after another, so only <see cref="RowBytes"/> knows.</exception>
    public static int BlockBytes(this ElementType type) => type switch
    {
        ElementType.F64 or ElementType.I64 or ElementType.U64 => 8,
        ElementType.F32 or ElementType.I32 or ElementType.U32 => 4,
        ElementType.F16 or ElementType.BF16 or ElementType.I16 or ElementType.U16 => 2,
        ElementType.F8E4M3 or ElementType.F8E5M2 or ElementType.I8 or ElementType.U8 or ElementType.Bool => 1,
        ElementType.Q4_0 or ElementType.IQ4_NL => 18,
        ElementType.Q4_1 => 20,
        ElementType.Q5_0 => 22,
        ElementType.Q5_1 => 24,
        ElementType.Q8_0 => 34,
        ElementType.Q2_K => 84,
        ElementType.Q3_K => 110,
        ElementType.Q4_K => 144,
        ElementType.Q5_K => 176,
        ElementType.Q6_K => 210,
        _ => throw new ArgumentException($"{type.Label()} has no blocks of a fixed size", nameof(type)),
    };

    /// <summary>Whether the type groups elements of a row under shared scales.</summary>
    /// <param name="type">The element type.</param>
    /// <returns>True for the quantised block formats, the sparse ones, and those with a table a row.</returns>
    public static bool IsBlockFormat(this ElementType type) => type.BlockLength() > 1 || TableFormat.IsTable(type);

    /// <summary>Whether weights take fewer than 8 bits, scales included.</summary>
    /// <param name="type">The element type.</param>
    /// <returns>True where a long row has fewer bytes than elements.</returns>
    public static bool IsBelow8Bits(this ElementType type)
    {
        var columns = (1 << 16) / type.BlockLength() * type.BlockLength();
        return type.RowBytes(columns) < columns;
    }

    /// <summary>Whether the type holds real numbers that a weight can be made of (plain floats and block formats).</summary>
    /// <param name="type">The element type.</param>
    /// <returns>True for F64, F32, F16, BF16, the 8-bit floats and the block formats.</returns>
    public static bool IsWeightType(this ElementType type) => type <= ElementType.F8E5M2 || type.IsBlockFormat();

    /// <summary>Bytes of a row of <paramref name="columns"/> elements.</summary>
    /// <param name="type">The element type.</param>
    /// <param name="columns">Elements in the row; a multiple of <see cref="BlockLength"/>.</param>
    /// <returns>Bytes of the row.</returns>
    /// <exception cref="ArgumentException">The row is no whole number of blocks.</exception>
    /// <exception cref="OverflowException">The size does not fit in 63 bits.</exception>
    public static long RowBytes(this ElementType type, long columns)
    {
        if (SparseFormat.IsSparse(type)) return SparseFormat.Of(type).RowBytes(columns);
        if (TableFormat.IsTable(type)) return TableFormat.Of(type).RowBytes(columns);
        var length = type.BlockLength();
        if (columns < 0 || columns % length != 0)
            throw new ArgumentException($"a row of {columns} elements is no whole number of {type.Label()} blocks of {length}", nameof(columns));
        return checked(columns / length * type.BlockBytes());
    }
}
