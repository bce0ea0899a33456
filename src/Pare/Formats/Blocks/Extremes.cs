using System.Runtime.Intrinsics;

namespace Pare.Formats.Blocks;

/// <summary>The extremes from which the block formats derive their scales.</summary>
internal static class Extremes
{
    /// <summary>Absolute value below which a group counts as zero in the formats that search for a scale.</summary>
    public const float NegligibleGroup = 1e-15f;

    /// <summary>The number of largest magnitude with its sign; of equal magnitudes the first.</summary>
    /// <param name="values">Finite numbers.</param>
    /// <param name="magnitude">Its magnitude.</param>
    /// <returns>That number; 0 for all zeros.</returns>
    public static float Signed(ReadOnlySpan<float> values, out float magnitude)
    {
        if (values.Length == 32 && Vector256.IsHardwareAccelerated) return Block32.Signed(values, out magnitude);
        var extreme = 0f;
        magnitude = 0f;
        foreach (var value in values)
        {
            var size = MathF.Abs(value);
            if (size > magnitude)
            {
                magnitude = size;
                extreme = value;
            }
        }

        return extreme;
    }

    /// <summary>Lowest and highest number; of equal ones (zeros of either sign) the first.</summary>
    /// <param name="values">Finite numbers, at least one.</param>
    /// <returns>Both.</returns>
    public static (float Lowest, float Highest) Range(ReadOnlySpan<float> values)
    {
        if (values.Length == 32 && Vector256.IsHardwareAccelerated)
        {
            var range = Block32.Range(values);
            // Zeros of both signs are equal, but are written differently.
            if (range.Lowest != 0 && range.Highest != 0) return range;
        }

        var lowest = values[0];
        var highest = values[0];
        foreach (var value in values)
        {
            if (value < lowest) lowest = value;
            if (value > highest) highest = value;
        }

        return (lowest, highest);
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
}
