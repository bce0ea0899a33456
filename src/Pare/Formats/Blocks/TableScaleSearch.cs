using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pare.Formats.Blocks;

/// <summary>The scale of IQ4_NL: candidates put the extreme of the block near the end of the table, the one with the least squared error weighted by x² wins.</summary>
internal static class TableScaleSearch
{
    // The scale that puts the extreme at the lowest entry exactly, then 15 that put it at the entry shifted by −7 to 7.
    private const int Candidates = 16;

    /// <summary>Finds the scale of one block.</summary>
    /// <param name="source">[32] finite numbers.</param>
    /// <returns>The scale; 0 for a block of zeros.</returns>
    [SkipLocalsInit]
    public static float Search(ReadOnlySpan<float> source)
    {
        var extreme = Extremes.Signed(source, out var magnitude);
        if (magnitude < Extremes.NegligibleGroup) return 0;
        Span<float> inverses = stackalloc float[Candidates], products = stackalloc float[Candidates], squares = stackalloc float[Candidates];
        inverses[0] = 1 / (-extreme / BlockIQ4_NL.Table[0]);
        for (var i = 1; i < Candidates; i++) inverses[i] = (i - 8 + BlockIQ4_NL.Table[0]) / extreme;
        for (var i = 0; i < Candidates; i += 8)
        {
            if (Vector256.IsHardwareAccelerated) TableScaleLanes.Sums(source, inverses.Slice(i, 8), products.Slice(i, 8), squares.Slice(i, 8));
            else Sums(source, inverses.Slice(i, 8), products.Slice(i, 8), squares.Slice(i, 8));
        }

        var scale = products[0] / squares[0];
        var best = scale * products[0];
        for (var i = 1; i < Candidates; i++)
        {
            if (squares[i] > 0 && products[i] * products[i] > best * squares[i])
            {
                scale = products[i] / squares[i];
                best = scale * products[i];
            }
        }

        return scale;
    }

    /// <summary>Index of the table's entry nearest to <paramref name="value"/>; halfway, the higher.</summary>
    public static int Nearest(float value)
    {
        var table = BlockIQ4_NL.Table;
        if (value <= table[0]) return 0;
        if (value >= table[15]) return 15;
        var low = 0;
        var high = 15;
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (value < table[middle]) high = middle;
            else low = middle;
        }

        return value - table[high - 1] < table[high] - value ? high - 1 : high;
    }

    /// <summary>Sums, in the order of the block, of w·q·x and w·q² with w = x² and q the entry nearest to x times each of the inverse scales.</summary>
    private static void Sums(ReadOnlySpan<float> source, ReadOnlySpan<float> inverses, Span<float> products, Span<float> squares)
    {
        for (var i = 0; i < inverses.Length; i++)
        {
            float product = 0, square = 0;
            foreach (var value in source)
            {
                float entry = BlockIQ4_NL.Table[Nearest(inverses[i] * value)];
                var weight = value * value;
                product += weight * entry * value;
                square += weight * entry * entry;
            }

            products[i] = product;
            squares[i] = square;
        }
    }
}
