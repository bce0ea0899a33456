using Pare.Formats;

namespace Pare.Compression;

/// <summary>
/// Rounds onto the grid of a block format; a block's scales are found when its first column is reached, and its levels are set one by one.
/// Of a block that is longer than the run, the columns behind the run count as the errors of earlier runs left them.
/// </summary>
internal readonly unsafe struct BlockRule(ElementType type, byte* rows, int columns) : IColumnRule
{
    private const int LongestBlock = 256;

    public void BeginRun(float* weights, int start, int count)
    {
    }

    public float Choose(int row, float* current, float* before, int column, int offset)
    {
        var length = type.BlockLength();
        var block = rows + row * type.RowBytes(columns) + column / length * type.BlockBytes();
        if (column % length == 0)
        {
            Span<float> weights = stackalloc float[LongestBlock];
            var start = column - offset;
            new SweptRow(before, current, start, Math.Min(start + ErrorSweep.MostColumns, columns)).CopyTo(column, weights[..length]);
            WeightCodec.Quantize(type, weights[..length], new Span<byte>(block, type.BlockBytes()));
        }

        return BlockGrid.Set(type, block, column % length, current[offset]);
    }
}
