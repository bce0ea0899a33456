using System.Runtime.CompilerServices;

namespace Pare.Formats.Blocks;

/// <summary>
/// Scales and minima of the formats whose groups reach down to a minimum (Q2_K, Q4_K, Q5_K): for each trial scale of a grid the levels are rounded,
/// scale and minimum fitted to them by weighted least squares, and the fit of least error kept.
/// </summary>
/// <remarks>
/// A fit that is kept also moves the bottom of the range from which the trials after it start.
/// Sums run over the group in order, each product and sum rounded to float32, so that the same levels come out as from llama.cpp.
/// </remarks>
internal static class MinimumScaleSearch
{
    /// <summary>Finds scale, minimum and levels of one group, <c>x ≈ scale · level − minimum</c>.</summary>
    /// <param name="x">The group; at most 32 finite numbers.</param>
    /// <param name="grid">The trials.</param>
    /// <param name="levels">Receives the levels.</param>
    /// <param name="minimum">The amount subtracted; not negative, unless rounding made it so.</param>
    /// <returns>The scale; 0 for a group of equal numbers that are not positive.</returns>
    [SkipLocalsInit]
    public static float Search(ReadOnlySpan<float> x, in MinimumGrid grid, Span<byte> levels, out float minimum)
    {
        Span<float> weights = stackalloc float[32];
        weights = weights[..x.Length];
        Weigh(x, grid.Absolute, weights);
        var (lowest, highest) = Extremes.Range(x);
        var sumW = weights[0];
        var sumX = sumW * x[0];
        for (var i = 1; i < x.Length; i++)
        {
            sumW += weights[i];
            sumX += weights[i] * x[i];
        }

        if (lowest > 0) lowest = 0;
        if (highest == lowest)
        {
            levels.Clear();
            minimum = -lowest;
            return 0;
        }

        Span<byte> trial = stackalloc byte[32];
        trial = trial[..x.Length];
        var inverse = grid.Highest / (highest - lowest);
        var scale = 1 / inverse;
        Round(x, inverse, lowest, grid.Highest, levels);
        var least = Error(x, weights, levels, scale, lowest, grid.Absolute);
        for (var step = 0; step <= grid.Steps; step++)
        {
            Round(x, (grid.First + grid.Step * step + grid.Highest) / (highest - lowest), lowest, grid.Highest, trial);
            var (sumL, sumL2, sumXL) = Moments(x, weights, trial);
            var determinant = sumW * sumL2 - sumL * sumL;
            if (!(determinant > 0)) continue;
            var fittedScale = (sumW * sumXL - sumX * sumL) / determinant;
            var fittedShift = (sumL2 * sumX - sumL * sumXL) / determinant;
            if (fittedShift > 0)
            {
                fittedShift = 0;
                fittedScale = sumXL / sumL2;
            }

            var error = Error(x, weights, trial, fittedScale, fittedShift, grid.Absolute);
            if (error < least)
            {
                trial.CopyTo(levels);
                least = error;
                scale = fittedScale;
                lowest = fittedShift;
            }
        }

        minimum = -lowest;
        return scale;
    }

    private static void Weigh(ReadOnlySpan<float> x, bool absolute, Span<float> weights)
    {
        var square = 0f;
        foreach (var value in x) square += value * value;
        var typical = absolute ? 0 : MathF.Sqrt(square / x.Length);
        for (var i = 0; i < x.Length; i++) weights[i] = typical + MathF.Abs(x[i]);
    }

    private static void Round(ReadOnlySpan<float> x, float inverse, float lowest, int highest, Span<byte> levels)
    {
        for (var i = 0; i < x.Length; i++) levels[i] = (byte)Math.Clamp(Rounding.Nearest(inverse * (x[i] - lowest)), 0, highest);
    }

    /// <summary>Sums of w·l, w·l² and w·l·x.</summary>
    private static (float L, float L2, float XL) Moments(ReadOnlySpan<float> x, ReadOnlySpan<float> weights, ReadOnlySpan<byte> levels)
    {
        float sumL = 0, sumL2 = 0, sumXL = 0;
        for (var i = 0; i < x.Length; i++)
        {
            float level = levels[i];
            var weighted = weights[i] * level;
            sumL += weighted;
            sumL2 += weighted * level;
            sumXL += weighted * x[i];
        }

        return (sumL, sumL2, sumXL);
    }

    private static float Error(ReadOnlySpan<float> x, ReadOnlySpan<float> weights, ReadOnlySpan<byte> levels, float scale, float shift, bool absolute)
    {
        var sum = 0f;
        for (var i = 0; i < x.Length; i++)
        {
            var difference = scale * levels[i] + shift - x[i];
            sum += weights[i] * (absolute ? MathF.Abs(difference) : difference * difference);
        }

        return sum;
    }
}
