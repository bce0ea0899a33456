namespace Pare.Numerics;

/// <summary>Panels of an operand whose lines are stored one after another, depth running fastest.</summary>
internal readonly unsafe struct RowPanels(float* data, int stride) : IPanelSource
{
    // Depths packed at a time: the piece of a panel that is being written stays in the first-level cache.
    private const int Piece = 64;

    /// <inheritdoc/>
    public void Pack(int line, int lines, int start, int depth, int width, float* panel)
    {
        var first = data + (nint)line * stride + start;
        for (var d = 0; d < depth; d += Piece)
        {
            PanelTranspose.Pack(first + d, stride, lines, Math.Min(Piece, depth - d), panel + (nint)d * width, width);
        }
    }
}
