using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pare.Formats.Blocks;

/// <summary><see cref="SymmetricScaleSearch.SearchByGrid"/> for eight groups at once, with its results to the bit.</summary>
internal static class SymmetricScaleLanes
{
    /// <summary>Finds scales and levels of eight groups.</summary>
    /// <param name="groups">[8, length] finite numbers; length at most 32.</param>
    /// <param name="middle">Levels run from −middle to middle − 1.</param>
    /// <param name="levels">[8, length] levels, plus middle.</param>
    /// <param name="scales">[8] scales.</param>
    [SkipLocalsInit]
    public static void SearchByGrid(ReadOnlySpan<float> groups, int middle, Span<byte> levels, Span<float> scales)
    {
        var length = groups.Length / GroupLanes.Count;
        if (!Vector256.IsHardwareAccelerated)
        {
            for (var g = 0; g < GroupLanes.Count; g++)
                scales[g] = SymmetricScaleSearch.SearchByGrid(groups.Slice(g * length, length), middle, levels.Slice(g * length, length));
            return;
        }

        Span<Vector256<float>> x = stackalloc Vector256<float>[GroupLanes.Longest];
        x = x[..length];
        GroupLanes.Interleave(groups, x);
        var (extreme, magnitude) = Extreme(x);
        var negligible = Vector256.LessThan(magnitude, Vector256.Create(Extremes.NegligibleGroup));
        var inverse = Vector256.Create((float)-middle) / extreme;
        var (product, square) = Sums(x, inverse, middle);
        var scale = Vector256.AndNot(product / square, Vector256.Equals(square, Vector256<float>.Zero));
        var best = scale * product;
        var chosen = inverse;
        for (var step = -9; step <= 9; step++)
        {
            if (step == 0) continue;
            inverse = Vector256.Create(-(middle + 0.1f * step)) / extreme;
            (product, square) = Sums(x, inverse, middle);
            var better = Vector256.GreaterThan(square, Vector256<float>.Zero) & Vector256.GreaterThan(product * product, best * square);
            chosen = Vector256.ConditionalSelect(better, inverse, chosen);
            scale = Vector256.ConditionalSelect(better, product / square, scale);
            best = Vector256.ConditionalSelect(better, scale * product, best);
        }

        for (var i = 0; i < length; i++)
            x[i] = Vector256.AndNot(GroupLanes.Level(chosen * x[i], -middle, middle - 1) + Vector256.Create((float)middle), negligible);
        GroupLanes.Separate(x, levels);
        Vector256.AndNot(scale, negligible).CopyTo(scales);
    }

    private static (Vector256<float> Extreme, Vector256<float> Magnitude) Extreme(ReadOnlySpan<Vector256<float>> x)
    {
        Vector256<float> extreme = default, magnitude = default;
        foreach (var value in x)
        {
            var size = Vector256.Abs(value);
            var larger = Vector256.GreaterThan(size, magnitude);
            magnitude = Vector256.ConditionalSelect(larger, size, magnitude);
            extreme = Vector256.ConditionalSelect(larger, value, extreme);
        }

        return (extreme, magnitude);
    }

    private static (Vector256<float> Product, Vector256<float> Square) Sums(ReadOnlySpan<Vector256<float>> x, Vector256<float> inverse, int middle)
    {
        Vector256<float> product = default, square = default;
        foreach (var value in x)
        {
            var level = GroupLanes.Level(inverse * value, -middle, middle - 1);
            var weight = value * value;
            product += weight * value * level;
            square += weight * level * level;
        }

        return (product, square);
    }
}
