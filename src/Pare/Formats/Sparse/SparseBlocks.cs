using System.Numerics;

namespace Pare.Formats.Sparse;

/// <summary>Walks over the blocks of one part of a stored row.</summary>
internal ref struct SparseBlocks
{
    private readonly int _block;
    private readonly int _kept;
    private readonly int _indexBits;
    private readonly int _bits;
    private BitCursor _positions;
    private BitCursor _codes;

    /// <summary>Begins before a block.</summary>
    public SparseBlocks(in SparsePartLayout layout, ReadOnlySpan<byte> row, int first)
    {
        (_block, _kept, _indexBits, _bits) = (layout.Block, layout.Part.Kept, layout.IndexBits, layout.Grid.Bits);
        _positions = new BitCursor(layout.Positions(row), (long)first * SparseFormat.PositionBits(_kept, _block));
        _codes = new BitCursor(layout.Codes(row), (long)first * _kept * _bits);
    }

    /// <summary>Reads the next block.</summary>
    /// <param name="positions">[kept] places inside the block, each below its length whatever the bytes.</param>
    /// <param name="codes">[kept] codes of the numbers there.</param>
    /// <returns>Whether the block's positions are whole: ascending indices inside the block, or as many bits as numbers. Where they are not, there is nothing more to read.</returns>
    public bool Next(scoped Span<byte> positions, scoped Span<byte> codes)
    {
        if (!ReadPositions(positions)) return false;
        for (var i = 0; i < _kept; i++) codes[i] = (byte)_codes.Read(_bits);
        return true;
    }

    private bool ReadPositions(scoped Span<byte> positions)
    {
        if (_kept == _block)
        {
            for (var i = 0; i < _kept; i++) positions[i] = (byte)i;
            return true;
        }

        if (_indexBits == 0)
        {
            var mask = _positions.Read(_block);
            if (BitOperations.PopCount(mask) != _kept) return false;
            for (var i = 0; i < _kept; i++, mask &= mask - 1) positions[i] = (byte)BitOperations.TrailingZeroCount(mask);
            return true;
        }

        var before = -1;
        for (var i = 0; i < _kept; i++)
        {
            var index = (int)_positions.Read(_indexBits);
            if (index <= before || index >= _block) return false;
            positions[i] = (byte)(before = index);
        }

        return true;
    }
}
