namespace Pare.Formats.Blocks;

/// <summary>The scale of IQ4_NL: candidates put the extreme of the block near the end of the table, the one with the least squared error weighted by x² wins.</summary>
internal static class TableScaleSearch
{
    private const int Tries = 7;

    /// <summary>Finds the scale of one block.</summary>
    /// <param name="source">[32] finite numbers.</param>
    /// <returns>The scale; 0 for a block of zeros.</returns>
    public static float Search(ReadOnlySpan<float> source)
    {
        var table = BlockIQ4_NL.Table;
        var extreme = Extremes.Signed(source, out var magnitude);
        if (magnitude < Extremes.NegligibleGroup) return 0;
        var (product, square) = Sums(source, 1 / (-extreme / table[0]));
        var scale = product / square;
        var best = scale * product;
        for (var shift = -Tries; shift <= Tries; shift++)
        {
            (product, square) = Sums(source, (shift + table[0]) / extreme);
            if (square > 0 && product * product > best * square)
            {
                scale = product / square;
                best = scale * product;
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

    /// <summary>Sums, in the order of the block, of w·q·x and w·q² with w = x² and q the entry nearest to x · inverse.</summary>
    private static (float Product, float Square) Sums(ReadOnlySpan<float> source, float inverse)
    {
        float product = 0, square = 0;
        foreach (var value in source)
        {
            float entry = BlockIQ4_NL.Table[Nearest(inverse * value)];
            var weight = value * value;
            product += weight * entry * value;
            square += weight * entry * entry;
        }

        return (product, square);
    }
}
