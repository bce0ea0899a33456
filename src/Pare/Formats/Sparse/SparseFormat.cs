using System.Collections.Concurrent;
using System.Globalization;
using System.Numerics;
using Pare.Formats.Numbers;

namespace Pare.Formats.Sparse;

/// <summary>N of every M inputs with few bits each, alone or as the sum of inliers and outliers (SDQ): what an <see cref="ElementType"/> beyond the named ones stands for.</summary>
/// <remarks>
/// Written as <c>2:4-int8</c>, or <c>6:8-fp4+1:8-int8</c> with the outliers behind the plus sign. A part with as many numbers as the block has is dense and stores no positions: <c>8:8-fp4</c>.
/// A row is its parts, one after another, each: float32 γ; one byte of scale for every 16 columns; positions (bits); codes (bits). Bits fill bytes from the lowest on.
/// The positions of a block are N indices of ⌈log₂ M⌉ bits in ascending order where those take no more than M bits, else a mask of M bits. Codes follow the positions.
/// </remarks>
public sealed record SparseFormat
{
    /// <summary>The largest block.</summary>
    public const int LargestBlock = 16;

    // The number of a type: this, and fields of five bits (block, kept twice) and four (formats, 15 for no outliers).
    private const int FirstNumber = 1 << 24;
    private const int BehindNumbers = 1 << 25;
    private const int NoOutliers = 15;

    private static readonly ConcurrentDictionary<ElementType, SparseFormat> s_formats = [];

    /// <summary>Describes a format.</summary>
    /// <param name="block">M, from 2 to <see cref="LargestBlock"/>.</param>
    /// <param name="inliers">The tensor that holds most numbers.</param>
    /// <param name="outliers">The other one, or null.</param>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    public SparseFormat(int block, SparsePart inliers, SparsePart? outliers = null)
    {
        if (block is < 2 or > LargestBlock) throw new ArgumentException($"blocks of {block} inputs are not stored; expected 2 to {LargestBlock}", nameof(block));
        var kept = inliers.Kept + (outliers?.Kept ?? 0);
        if (inliers.Kept < 1 || outliers?.Kept < 1 || kept > block) throw new ArgumentException($"{kept} of {block} inputs cannot be kept; expected at least 1 in each part and {block} in all at most", nameof(inliers));
        if (inliers.Numbers >= NumberFormat.UInt8 || outliers?.Numbers >= NumberFormat.UInt8) throw new ArgumentException("weights need a signed number format: int8, int4, int3, int2, fp8 or fp4", nameof(inliers));
        (Block, Inliers, Outliers) = (block, inliers, outliers);
    }

    /// <summary>M: inputs to a block.</summary>
    public int Block { get; }

    /// <summary>The tensor that holds most numbers.</summary>
    public SparsePart Inliers { get; }

    /// <summary>The tensor of the most important numbers, or null.</summary>
    public SparsePart? Outliers { get; }

    /// <summary>Numbers kept of every block, in all parts.</summary>
    public int Kept => Inliers.Kept + (Outliers?.Kept ?? 0);

    /// <summary>The parts as they are stored: inliers, then outliers.</summary>
    public IReadOnlyList<SparsePart> Parts => Outliers is { } outliers ? [Inliers, outliers] : [Inliers];

    /// <summary>The element type that stands for the format.</summary>
    public ElementType Type => (ElementType)(FirstNumber | Block << 18 | Inliers.Kept << 13 | (int)Inliers.Numbers << 9
        | (Outliers?.Kept ?? 0) << 4 | (Outliers is { } outliers ? (int)outliers.Numbers : NoOutliers));

    /// <summary>Whether a type stands for a sparse format.</summary>
    /// <param name="type">An element type.</param>
    /// <returns>True where <see cref="Of"/> may be asked.</returns>
    public static bool IsSparse(ElementType type) => (int)type is >= FirstNumber and < BehindNumbers;

    /// <summary>The format that a type stands for; the same object each time.</summary>
    /// <param name="type">A type for which <see cref="IsSparse"/> holds.</param>
    /// <returns>The format.</returns>
    /// <exception cref="ArgumentException">The type stands for none.</exception>
    public static SparseFormat Of(ElementType type)
    {
        if (s_formats.TryGetValue(type, out var known)) return known;
        var fields = (int)type;
        var outliers = (fields & 15) == NoOutliers ? (SparsePart?)null : new SparsePart(fields >> 4 & 31, (NumberFormat)(fields & 15));
        var format = IsSparse(type) ? new SparseFormat(fields >> 18 & 31, new SparsePart(fields >> 13 & 31, (NumberFormat)(fields >> 9 & 15)), outliers) : null;
        return format?.Type == type ? s_formats.GetOrAdd(type, format) : throw new ArgumentException($"element type {fields} is no sparse format", nameof(type));
    }

    /// <summary>Reads a name such as <c>6:8-fp4+1:8-int8</c>.</summary>
    /// <param name="name">The name.</param>
    /// <param name="format">The format, where the name is one.</param>
    /// <returns>Whether it is.</returns>
    public static bool TryParse(string name, out SparseFormat? format)
    {
        ArgumentNullException.ThrowIfNull(name);
        format = null;
        var texts = name.Split('+');
        if (texts.Length > 2 || ReadPart(texts[0]) is not { } first) return false;
        var second = texts.Length == 2 ? ReadPart(texts[1]) : null;
        if (texts.Length == 2 && second?.Block != first.Block) return false;
        try
        {
            format = new SparseFormat(first.Block, first.Part, second?.Part);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Bytes of a row, with scales and positions.</summary>
    /// <param name="columns">Columns; a multiple of <see cref="Block"/>.</param>
    /// <returns>Bytes.</returns>
    /// <exception cref="ArgumentException">The blocks do not divide the row.</exception>
    public long RowBytes(long columns)
    {
        if (columns < 0 || columns % Block != 0) throw new ArgumentException($"a row of {columns} elements is no whole number of blocks of {Block} ({this})", nameof(columns));
        return PartBytes(Inliers, columns) + (Outliers is { } outliers ? PartBytes(outliers, columns) : 0);
    }

    /// <inheritdoc/>
    public override string ToString() => Text(Inliers) + (Outliers is { } outliers ? "+" + Text(outliers) : "");

    /// <summary>Number of parts.</summary>
    internal int PartCount => Outliers is null ? 1 : 2;

    /// <summary>Where a part lies in a row.</summary>
    internal SparsePartLayout Layout(int part, int columns) =>
        part == 0 ? new SparsePartLayout(Inliers, Block, columns, 0) : new SparsePartLayout(Outliers!.Value, Block, columns, checked((int)PartBytes(Inliers, columns)));

    /// <summary>Bits of an index of a part; 0 where there is a mask, or the part is dense.</summary>
    internal static int IndexBits(int kept, int block)
    {
        var bits = BitOperations.Log2((uint)block - 1) + 1;
        return kept == block || kept * bits > block ? 0 : bits;
    }

    /// <summary>Bits that the positions of a block take.</summary>
    internal static int PositionBits(int kept, int block) => kept == block ? 0 : IndexBits(kept, block) is > 0 and var bits ? kept * bits : block;

    private long PartBytes(SparsePart part, long columns)
    {
        var blocks = columns / Block;
        return sizeof(float) + (columns + VsQuant.Vector - 1) / VsQuant.Vector
            + checked((blocks * PositionBits(part.Kept, Block) + 7) / 8 + (blocks * part.Kept * NumberGrid.Of(part.Numbers).Bits + 7) / 8);
    }

    private string Text(SparsePart part) => string.Create(CultureInfo.InvariantCulture, $"{part.Kept}:{Block}-{part.Numbers.Name()}");

    private static (SparsePart Part, int Block)? ReadPart(string text)
    {
        var (colon, dash) = (text.IndexOf(':', StringComparison.Ordinal), text.IndexOf('-', StringComparison.Ordinal));
        if (colon < 0 || dash < colon || !NumberFormats.TryParse(text[(dash + 1)..], out var numbers)
            || !int.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var kept)
            || !int.TryParse(text.AsSpan(colon + 1, dash - colon - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var block)) return null;
        return (new SparsePart(kept, numbers), block);
    }
}
