using System.Runtime.CompilerServices;

namespace Pare.Numerics;

/// <summary>Panels of an operand whose lines are decoded by a row source.</summary>
internal readonly unsafe struct DecodedPanels<TRows>(TRows rows) : IPanelSource
    where TRows : struct, IRowSource
{
    // Eight lines of 256 elements in the first-level cache; the odd stride keeps them in different sets.
    private const int Lines = 8;
    private const int Piece = 256;
    private const int Stride = Piece + 16;

    /// <inheritdoc/>
    [SkipLocalsInit]
    public void Pack(int line, int lines, int start, int depth, int width, float* panel)
    {
        var decoded = stackalloc float[Lines * Stride];
        for (var d = 0; d < depth; d += Piece)
        {
            var count = Math.Min(Piece, depth - d);
            for (var w = 0; w < width; w += Lines)
            {
                var some = Math.Min(Lines, lines - w);
                if (some <= 0) break;
                for (var i = 0; i < some; i++) rows.Read(line + w + i, start + d, count, decoded + i * Stride);
                PanelTranspose.PackLines(decoded, Stride, some, Math.Min(Lines, width - w), count, panel + (nint)d * width + w, width);
            }
        }

        ClearMissing(lines, depth, width, panel);
    }

    // Whole groups of lines that are not there were not written.
    private static void ClearMissing(int lines, int depth, int width, float* panel)
    {
        var written = (lines + Lines - 1) / Lines * Lines;
        if (written >= width) return;
        for (var d = 0; d < depth; d++) new Span<float>(panel + (nint)d * width + written, width - written).Clear();
    }
}
