using System.Runtime.CompilerServices;

namespace Pare.Formats.Blocks;

/// <summary>What Q4_K and Q5_K have in common: eight groups of 32 with 6-bit scales and minima.</summary>
internal static class GroupsOf32
{
    /// <summary>Scales, minima and levels of a super-block of eight groups of 32 (Q4_K, Q5_K).</summary>
    /// <param name="source">[256] finite numbers.</param>
    /// <param name="grid">The trials.</param>
    /// <param name="levels">[256] levels.</param>
    /// <param name="unit">Unit of the scales.</param>
    /// <param name="minimumUnit">Unit of the minima.</param>
    /// <param name="packed">The groups' scales and minima in these units.</param>
    [SkipLocalsInit]
    public static void Quantize(ReadOnlySpan<float> source, in MinimumGrid grid, Span<byte> levels, out Half unit, out Half minimumUnit, out Bytes12 packed)
    {
        Span<float> scales = stackalloc float[8], minima = stackalloc float[8];
        MinimumScaleLanes.Search(source, grid, levels, scales, minima);
        var largestScale = Extremes.Largest(scales);
        var largestMinimum = Extremes.Largest(minima);
        var inverseScale = largestScale > 0 ? 63 / largestScale : 0;
        var inverseMinimum = largestMinimum > 0 ? 63 / largestMinimum : 0;
        unit = (Half)(largestScale / 63);
        minimumUnit = (Half)(largestMinimum / 63);
        Span<byte> storedScales = stackalloc byte[8], storedMinima = stackalloc byte[8];
        for (var g = 0; g < 8; g++)
        {
            storedScales[g] = Math.Min((byte)63, (byte)Rounding.Nearest(inverseScale * scales[g]));
            storedMinima[g] = Math.Min((byte)63, (byte)Rounding.Nearest(inverseMinimum * minima[g]));
            LevelRounding.FromMinimum(source.Slice(32 * g, 32), (float)unit * storedScales[g], (float)minimumUnit * storedMinima[g], grid.Highest, levels.Slice(32 * g, 32));
        }

        packed = default;
        SixBitScales.Pack(storedScales, storedMinima, packed);
    }
}
