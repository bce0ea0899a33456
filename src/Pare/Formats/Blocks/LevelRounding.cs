using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Formats.Blocks;

/// <summary>The last step of the quantizers of super-blocks: levels for scales as they will be read back.</summary>
internal static class LevelRounding
{
    /// <summary><c>round((x + minimum) / scale)</c>, limited to 0 … highest; levels stay as the search found them where the scale is zero.</summary>
    /// <param name="x">A group; a multiple of 8 numbers.</param>
    /// <param name="scale">Scale of the group.</param>
    /// <param name="minimum">Amount subtracted on reading.</param>
    /// <param name="highest">Highest level.</param>
    /// <param name="levels">The levels.</param>
    public static void FromMinimum(ReadOnlySpan<float> x, float scale, float minimum, int highest, Span<byte> levels)
    {
        if (scale != 0) Round(x, scale, minimum, 0, highest, 0, levels);
    }

    /// <summary><c>round(x / scale)</c>, limited to −middle … middle − 1, plus middle; levels stay as the search found them where the scale is zero.</summary>
    /// <param name="x">A group; a multiple of 8 numbers.</param>
    /// <param name="scale">Scale of the group.</param>
    /// <param name="middle">The level that stands for zero.</param>
    /// <param name="levels">The levels.</param>
    public static void FromMiddle(ReadOnlySpan<float> x, float scale, int middle, Span<byte> levels)
    {
        // Adding zero changes nothing but the sign of a zero, which rounds to the same level.
        if (scale != 0) Round(x, scale, 0, -middle, middle - 1, middle, levels);
    }

    private static void Round(ReadOnlySpan<float> x, float scale, float minimum, int lowest, int highest, int offset, Span<byte> levels)
    {
        if (!Vector256.IsHardwareAccelerated)
        {
            for (var i = 0; i < x.Length; i++) levels[i] = (byte)(Math.Clamp(Rounding.Nearest((x[i] + minimum) / scale), lowest, highest) + offset);
            return;
        }

        ref var from = ref MemoryMarshal.GetReference(x);
        for (var i = 0; i < x.Length; i += 8)
        {
            var rounded = Rounding.Nearest((Vector256.LoadUnsafe(ref from, (nuint)i) + Vector256.Create(minimum)) / Vector256.Create(scale));
            var limited = Vector256.Min(Vector256.Max(rounded, Vector256.Create(lowest)), Vector256.Create(highest)) + Vector256.Create(offset);
            var shorts = Vector256.Narrow(limited, limited).GetLower();
            Unsafe.WriteUnaligned(ref levels[i], Vector128.Narrow(shorts, shorts).AsUInt64().ToScalar());
        }
    }
}
