using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pare.Formats.Blocks;

/// <summary><see cref="MinimumScaleSearch"/> for eight groups at once, with its results to the bit.</summary>
internal static class MinimumScaleLanes
{
    /// <summary>Finds scales, minima and levels of eight groups.</summary>
    /// <param name="groups">[8, length] finite numbers; length 16 or 32.</param>
    /// <param name="grid">The trials.</param>
    /// <param name="levels">[8, length] levels.</param>
    /// <param name="scales">[8] scales.</param>
    /// <param name="minima">[8] amounts subtracted.</param>
    [SkipLocalsInit]
    public static void Search(ReadOnlySpan<float> groups, in MinimumGrid grid, Span<byte> levels, Span<float> scales, Span<float> minima)
    {
        var length = groups.Length / GroupLanes.Count;
        if (!Vector256.IsHardwareAccelerated)
        {
            for (var g = 0; g < GroupLanes.Count; g++)
                scales[g] = MinimumScaleSearch.Search(groups.Slice(g * length, length), grid, levels.Slice(g * length, length), out minima[g]);
            return;
        }

        Span<Vector256<float>> x = stackalloc Vector256<float>[GroupLanes.Longest], w = stackalloc Vector256<float>[GroupLanes.Longest];
        Span<Vector256<float>> kept = stackalloc Vector256<float>[GroupLanes.Longest], trial = stackalloc Vector256<float>[GroupLanes.Longest];
        x = x[..length];
        w = w[..length];
        kept = kept[..length];
        trial = trial[..length];
        GroupLanes.Interleave(groups, x);
        Weigh(x, grid.Absolute, w);
        var (lowest, highest, sumW, sumX) = Whole(x, w);
        lowest = Vector256.ConditionalSelect(Vector256.GreaterThan(lowest, Vector256<float>.Zero), Vector256<float>.Zero, lowest);
        // Lanes of equal numbers divide by zero below; what comes of it is kept out by this mask.
        var flat = Vector256.Equals(highest, lowest);
        var inverse = Vector256.Create((float)grid.Highest) / (highest - lowest);
        var scale = Vector256<float>.One / inverse;
        for (var i = 0; i < length; i++) kept[i] = GroupLanes.Level(inverse * (x[i] - lowest), 0, grid.Highest);
        var least = Error(x, w, kept, scale, lowest, grid.Absolute);
        for (var step = 0; step <= grid.Steps; step++)
        {
            inverse = Vector256.Create(grid.First + grid.Step * step + grid.Highest) / (highest - lowest);
            var (sumL, sumL2, sumXL) = RoundAndSum(x, w, inverse, lowest, grid.Highest, trial);
            var determinant = sumW * sumL2 - sumL * sumL;
            var fittedScale = (sumW * sumXL - sumX * sumL) / determinant;
            var fittedShift = (sumL2 * sumX - sumL * sumXL) / determinant;
            var above = Vector256.GreaterThan(fittedShift, Vector256<float>.Zero);
            fittedShift = Vector256.ConditionalSelect(above, Vector256<float>.Zero, fittedShift);
            fittedScale = Vector256.ConditionalSelect(above, sumXL / sumL2, fittedScale);
            var error = Error(x, w, trial, fittedScale, fittedShift, grid.Absolute);
            var better = Vector256.AndNot(Vector256.GreaterThan(determinant, Vector256<float>.Zero) & Vector256.LessThan(error, least), flat);
            if (better.ExtractMostSignificantBits() == 0) continue;
            for (var i = 0; i < length; i++) kept[i] = Vector256.ConditionalSelect(better, trial[i], kept[i]);
            least = Vector256.ConditionalSelect(better, error, least);
            scale = Vector256.ConditionalSelect(better, fittedScale, scale);
            lowest = Vector256.ConditionalSelect(better, fittedShift, lowest);
        }

        for (var i = 0; i < length; i++) kept[i] = Vector256.AndNot(kept[i], flat);
        GroupLanes.Separate(kept, levels);
        Vector256.AndNot(scale, flat).CopyTo(scales);
        (-lowest).CopyTo(minima);
    }

    private static void Weigh(ReadOnlySpan<Vector256<float>> x, bool absolute, Span<Vector256<float>> w)
    {
        var typical = Vector256<float>.Zero;
        if (!absolute)
        {
            foreach (var value in x) typical += value * value;
            typical = Vector256.Sqrt(typical / Vector256.Create((float)x.Length));
        }

        for (var i = 0; i < x.Length; i++) w[i] = typical + Vector256.Abs(x[i]);
    }

    /// <summary>Lowest, highest, sum of weights and weighted sum.</summary>
    private static (Vector256<float> Lowest, Vector256<float> Highest, Vector256<float> W, Vector256<float> X) Whole(ReadOnlySpan<Vector256<float>> x, ReadOnlySpan<Vector256<float>> w)
    {
        var lowest = x[0];
        var highest = x[0];
        var sumW = w[0];
        var sumX = w[0] * x[0];
        for (var i = 1; i < x.Length; i++)
        {
            lowest = Vector256.ConditionalSelect(Vector256.LessThan(x[i], lowest), x[i], lowest);
            highest = Vector256.ConditionalSelect(Vector256.GreaterThan(x[i], highest), x[i], highest);
            sumW += w[i];
            sumX += w[i] * x[i];
        }

        return (lowest, highest, sumW, sumX);
    }

    private static (Vector256<float> L, Vector256<float> L2, Vector256<float> XL) RoundAndSum(
        ReadOnlySpan<Vector256<float>> x, ReadOnlySpan<Vector256<float>> w, Vector256<float> inverse, Vector256<float> lowest, int highest, Span<Vector256<float>> levels)
    {
        Vector256<float> sumL = default, sumL2 = default, sumXL = default;
        for (var i = 0; i < x.Length; i++)
        {
            var level = GroupLanes.Level(inverse * (x[i] - lowest), 0, highest);
            levels[i] = level;
            var weighted = w[i] * level;
            sumL += weighted;
            sumL2 += weighted * level;
            sumXL += weighted * x[i];
        }

        return (sumL, sumL2, sumXL);
    }

    private static Vector256<float> Error(
        ReadOnlySpan<Vector256<float>> x, ReadOnlySpan<Vector256<float>> w, ReadOnlySpan<Vector256<float>> levels, Vector256<float> scale, Vector256<float> shift, bool absolute)
    {
        Vector256<float> sum = default;
        for (var i = 0; i < x.Length; i++)
        {
            var difference = scale * levels[i] + shift - x[i];
            sum += w[i] * (absolute ? Vector256.Abs(difference) : difference * difference);
        }

        return sum;
    }
}
