using Pare.Formats;

namespace Pare.Compression;

/// <summary>Rounds onto the grid of a block format; a block's scales are found when its first column is reached, and its levels are set one by one.</summary>
internal readonly unsafe struct BlockRule(ElementType type, byte* rows, int columns) : IColumnRule
{
    public void BeginRun(float* weights, int start, int count)
    {
    }

    public float Choose(int row, float* current, float* before, int column, int offset)
    {
        var length = type.BlockLength();
        var block = rows + row * type.RowBytes(columns) + column / length * type.BlockBytes();
        if (column % length == 0) WeightCodec.Quantize(type, new ReadOnlySpan<float>(current + offset, length), new Span<byte>(block, type.BlockBytes()));
        return BlockGrid.Set(type, block, column % length, current[offset]);
    }
}
