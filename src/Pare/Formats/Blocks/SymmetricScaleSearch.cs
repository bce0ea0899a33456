namespace Pare.Formats.Blocks;

/// <summary>Scales of the formats whose groups are symmetric about zero (Q3_K, Q6_K), by least squared error weighted by x².</summary>
/// <remarks>Levels are stored from 0, with the middle (4 or 32) standing for zero. Sums run over the group in order, each operation rounded to float32, so that the same levels come out as from llama.cpp.</remarks>
internal static class SymmetricScaleSearch
{
    /// <summary>Tries 19 scales around the one that puts the extreme of the group at the end of the range.</summary>
    /// <param name="x">The group; finite numbers.</param>
    /// <param name="middle">Levels run from −middle to middle − 1.</param>
    /// <param name="levels">Receives level + middle.</param>
    /// <returns>The scale; 0 for a negligible group.</returns>
    public static float SearchByGrid(ReadOnlySpan<float> x, int middle, Span<byte> levels)
    {
        var extreme = Extremes.Signed(x, out var magnitude);
        if (magnitude < Extremes.NegligibleGroup)
        {
            levels.Clear();
            return 0;
        }

        var inverse = -middle / extreme;
        var (product, square) = Sums(x, inverse, middle);
        var scale = square != 0 ? product / square : 0;
        var best = scale * product;
        var chosen = inverse;
        for (var step = -9; step <= 9; step++)
        {
            if (step == 0) continue;
            inverse = -(middle + 0.1f * step) / extreme;
            (product, square) = Sums(x, inverse, middle);
            if (square > 0 && product * product > best * square)
            {
                chosen = inverse;
                scale = product / square;
                best = scale * product;
            }
        }

        for (var i = 0; i < x.Length; i++) levels[i] = (byte)(Level(chosen * x[i], middle) + middle);
        return scale;
    }

    /// <summary>Starts at the scale that puts the extreme at the end of the range, then moves single levels as long as that lowers the error, five sweeps at most.</summary>
    /// <param name="x">The group; 16 finite numbers.</param>
    /// <param name="middle">Levels run from −middle to middle − 1.</param>
    /// <param name="levels">Receives level + middle.</param>
    /// <returns>The scale; 0 for a negligible group.</returns>
    public static float SearchByDescent(ReadOnlySpan<float> x, int middle, Span<byte> levels)
    {
        var extreme = Extremes.Signed(x, out var magnitude);
        if (magnitude < Extremes.NegligibleGroup)
        {
            levels.Clear();
            return 0;
        }

        var inverse = -middle / extreme;
        var (product, square) = Sums(x, inverse, middle);
        for (var i = 0; i < x.Length; i++) levels[i] = (byte)(Level(inverse * x[i], middle) + middle);
        for (var sweep = 0; sweep < 5 && Descend(x, middle, levels, ref product, ref square); sweep++)
        {
        }

        return square > 0 ? product / square : 0;
    }

    private static int Level(float steps, int middle) => Math.Clamp(Rounding.Nearest(steps), -middle, middle - 1);

    /// <summary>Sums of w·x·l and w·l² with w = x².</summary>
    private static (float Product, float Square) Sums(ReadOnlySpan<float> x, float inverse, int middle)
    {
        float product = 0, square = 0;
        foreach (var value in x)
        {
            float level = Level(inverse * value, middle);
            var weight = value * value;
            product += weight * value * level;
            square += weight * level * level;
        }

        return (product, square);
    }

    private static bool Descend(ReadOnlySpan<float> x, int middle, Span<byte> levels, ref float product, ref float square)
    {
        var changed = false;
        for (var i = 0; i < x.Length; i++)
        {
            float old = levels[i] - middle;
            var weight = x[i] * x[i];
            var otherProduct = product - weight * x[i] * old;
            if (!(otherProduct > 0)) continue;
            var otherSquare = square - weight * old * old;
            var level = Level(x[i] * otherSquare / otherProduct, middle);
            if (level == (int)old) continue;
            otherProduct += weight * x[i] * level;
            otherSquare += weight * level * level;
            if (otherSquare > 0 && otherProduct * otherProduct * square > product * product * otherSquare)
            {
                levels[i] = (byte)(level + middle);
                product = otherProduct;
                square = otherSquare;
                changed = true;
            }
        }

        return changed;
    }
}
