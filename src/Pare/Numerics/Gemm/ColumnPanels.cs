using System.Runtime.InteropServices;

namespace Pare.Numerics;

/// <summary>Panels of an operand whose depths are stored one after another, lines running fastest.</summary>
internal readonly unsafe struct ColumnPanels(float* data, int stride) : IPanelSource
{
    /// <inheritdoc/>
    public void Pack(int line, int lines, int start, int depth, int width, float* panel)
    {
        var source = data + (nint)start * stride + line;
        for (var d = 0; d < depth; d++)
        {
            new ReadOnlySpan<float>(source, lines).CopyTo(new Span<float>(panel, width));
            if (lines < width) NativeMemory.Clear(panel + lines, (nuint)(width - lines) * sizeof(float));
            source += stride;
            panel += width;
        }
    }
}
