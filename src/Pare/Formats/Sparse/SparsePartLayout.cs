using System.Runtime.InteropServices;
using Pare.Formats.Numbers;

namespace Pare.Formats.Sparse;

/// <summary>Places of one part inside a stored row (<see cref="SparseFormat"/>), and its fields.</summary>
internal readonly struct SparsePartLayout
{
    private readonly int _begin;
    private readonly int _positions;
    private readonly int _values;

    public SparsePartLayout(SparsePart part, int block, int columns, int begin)
    {
        (Part, Block, Columns, _begin) = (part, block, columns, begin);
        Grid = NumberGrid.Of(part.Numbers);
        IndexBits = SparseFormat.IndexBits(part.Kept, block);
        _positions = begin + sizeof(float) + VsQuant.Vectors(columns);
        _values = checked(_positions + (int)((Blocks * (long)SparseFormat.PositionBits(part.Kept, block) + 7) / 8));
        End = checked(_values + (int)((Blocks * (long)part.Kept * Grid.Bits + 7) / 8));
    }

    public SparsePart Part { get; }

    public int Block { get; }

    public int Columns { get; }

    public NumberGrid Grid { get; }

    public int Blocks => Columns / Block;

    /// <summary>Bits of an index; 0 where there is a mask, or the part is dense.</summary>
    public int IndexBits { get; }

    /// <summary>Behind the part's last byte.</summary>
    public int End { get; }

    /// <summary>γ.</summary>
    public float Second(ReadOnlySpan<byte> row) => MemoryMarshal.Read<float>(row[_begin..]);

    /// <summary>The bytes of scale.</summary>
    public ReadOnlySpan<byte> Scales(ReadOnlySpan<byte> row) => row.Slice(_begin + sizeof(float), VsQuant.Vectors(Columns));

    /// <summary>The bits of the positions.</summary>
    public ReadOnlySpan<byte> Positions(ReadOnlySpan<byte> row) => row[_positions.._values];

    /// <summary>The bits of the codes.</summary>
    public ReadOnlySpan<byte> Codes(ReadOnlySpan<byte> row) => row[_values..End];

    /// <summary>Writes γ and the scales, and clears the bits.</summary>
    public void WriteScales(Span<byte> row, float second, ReadOnlySpan<byte> scales)
    {
        row[_begin..End].Clear();
        MemoryMarshal.Write(row[_begin..], second);
        scales.CopyTo(row[(_begin + sizeof(float))..]);
    }

    /// <summary>Writes a block's numbers.</summary>
    /// <param name="row">The row, its bits still 0.</param>
    /// <param name="block">Which block.</param>
    /// <param name="positions">[kept] places, ascending.</param>
    /// <param name="codes">[block] codes, of which those at the places count.</param>
    public void Write(Span<byte> row, int block, ReadOnlySpan<byte> positions, ReadOnlySpan<byte> codes)
    {
        for (var i = 0; i < positions.Length; i++)
        {
            var number = block * (long)Part.Kept + i;
            WriteBits(row, _values, number * Grid.Bits, codes[positions[i]]);
            if (IndexBits > 0) WriteBits(row, _positions, number * IndexBits, positions[i]);
            else if (Part.Kept < Block) WriteBits(row, _positions, block * (long)Block + positions[i], 1);
        }
    }

    private static void WriteBits(Span<byte> row, int place, long bit, uint value)
    {
        var at = place + (int)(bit >> 3);
        for (var bits = value << (int)(bit & 7); bits != 0; bits >>= 8) row[at++] |= (byte)bits;
    }
}
