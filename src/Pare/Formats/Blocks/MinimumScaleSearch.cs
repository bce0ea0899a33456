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
    /// <param name="weights">A weight for each.</param>
    /// <param name="grid">The trials.</param>
    /// <param name="levels">Receives the levels.</param>
    /// <param name="minimum">The amount subtracted; not negative, unless rounding made it so.</param>
    /// <returns>The scale; 0 for a group of equal numbers that are not positive.</returns>
    [SkipLocalsInit]
    public static float Search(ReadOnlySpan<float> x, ReadOnlySpan<float> weights, in MinimumGrid grid, Span<byte> levels, out float minimum)
    {
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

    /// <summary>Scales, minima and levels of a super-block of eight groups of 32 (Q4_K, Q5_K); the weight of a number is its magnitude plus the group's root mean square.</summary>
    /// <param name="source">[256] finite numbers.</param>
    /// <param name="grid">The trials.</param>
    /// <param name="levels">[256] levels.</param>
    /// <param name="unit">Unit of the scales.</param>
    /// <param name="minimumUnit">Unit of the minima.</param>
    /// <param name="packed">The groups' scales and minima in these units.</param>
    [SkipLocalsInit]
    public static void QuantizeGroupsOf32(ReadOnlySpan<float> source, in MinimumGrid grid, Span<byte> levels, out Half unit, out Half minimumUnit, out Bytes12 packed)
    {
        Span<float> scales = stackalloc float[8], minima = stackalloc float[8];
        Span<float> weights = stackalloc float[32];
        for (var g = 0; g < 8; g++)
        {
            var group = source.Slice(32 * g, 32);
            var square = 0f;
            foreach (var value in group) square += value * value;
            var typical = MathF.Sqrt(square / 32);
            for (var i = 0; i < 32; i++) weights[i] = typical + MathF.Abs(group[i]);
            scales[g] = Search(group, weights, grid, levels.Slice(32 * g, 32), out minima[g]);
        }

        var largestScale = Largest(scales);
        var largestMinimum = Largest(minima);
        var inverseScale = largestScale > 0 ? 63 / largestScale : 0;
        var inverseMinimum = largestMinimum > 0 ? 63 / largestMinimum : 0;
        unit = (Half)(largestScale / 63);
        minimumUnit = (Half)(largestMinimum / 63);
        Span<byte> storedScales = stackalloc byte[8], storedMinima = stackalloc byte[8];
        for (var g = 0; g < 8; g++)
        {
            storedScales[g] = Math.Min((byte)63, (byte)Rounding.Nearest(inverseScale * scales[g]));
            storedMinima[g] = Math.Min((byte)63, (byte)Rounding.Nearest(inverseMinimum * minima[g]));
            Requantize(source.Slice(32 * g, 32), (float)unit * storedScales[g], (float)minimumUnit * storedMinima[g], grid.Highest, levels.Slice(32 * g, 32));
        }

        packed = default;
        SixBitScales.Pack(storedScales, storedMinima, packed);
    }

    /// <summary>The largest of the values and zero.</summary>
    public static float Largest(ReadOnlySpan<float> values)
    {
        var largest = 0f;
        foreach (var value in values)
        {
            if (value > largest) largest = value;
        }

        return largest;
    }

    /// <summary>Levels for the scale and minimum as they will be read back; left as the search found them where that scale is zero.</summary>
    public static void Requantize(ReadOnlySpan<float> x, float scale, float minimum, int highest, Span<byte> levels)
    {
        if (scale == 0) return;
        for (var i = 0; i < x.Length; i++) levels[i] = (byte)Math.Clamp(Rounding.Nearest((x[i] + minimum) / scale), 0, highest);
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
