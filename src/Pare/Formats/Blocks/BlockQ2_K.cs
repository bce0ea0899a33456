using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Formats.Blocks;

/// <summary>256 numbers in 84 bytes, 16 groups of 16: <c>x = (Scale · s) · level − Minimum · m</c> with 4-bit s and m a group and 2-bit levels.</summary>
/// <remarks>Byte 32·h + l of <see cref="Levels"/> holds the levels 128·h + l, + 32, + 64 and + 96, lowest bits first.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct BlockQ2_K : IWritableBlockFormat<BlockQ2_K>
{
    /// <summary>s in the low, m in the high four bits, a byte per group.</summary>
    public Bytes16 GroupScales;

    /// <summary>Four 2-bit levels a byte.</summary>
    public Bytes64 Levels;

    /// <summary>Unit of the groups' scales.</summary>
    public Half Scale;

    /// <summary>Unit of the groups' minima.</summary>
    public Half Minimum;

    public static ElementType Type => ElementType.Q2_K;

    public static int Length => 256;

    public static void Dequantize(in BlockQ2_K block, Span<float> destination)
    {
        var unit = (float)block.Scale;
        var minimumUnit = (float)block.Minimum;
        for (var i = 0; i < 256; i++)
        {
            var group = block.GroupScales[i / 16];
            var scale = unit * (group & 15);
            var minimum = minimumUnit * (group >> 4);
            var level = block.Levels[i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3;
            destination[i] = scale * level - minimum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DequantizeVector(in BlockQ2_K block, ref float destination)
    {
        var unit = F16Scale.Read(block.Scale);
        var minimumUnit = F16Scale.Read(block.Minimum);
        var three = Vector128.Create((byte)3);
        for (var i = 0; i < 256; i += 16)
        {
            var group = block.GroupScales[i / 16];
            var levels = Vector128.LoadUnsafe(in block.Levels[i / 128 * 32 + i % 32]) >>> i % 128 / 32 * 2 & three;
            Spread.ScaledPlus(levels.AsSByte(), unit * (group & 15), -(minimumUnit * (group >> 4)), ref Unsafe.Add(ref destination, i));
        }
    }

    [SkipLocalsInit]
    public static void Quantize(ReadOnlySpan<float> source, out BlockQ2_K block)
    {
        block = default;
        Span<float> scales = stackalloc float[16], minima = stackalloc float[16];
        Span<byte> levels = stackalloc byte[256];
        for (var g = 0; g < 16; g += 8)
            MinimumScaleLanes.Search(source.Slice(16 * g, 128), MinimumGrid.Q2_K, levels.Slice(16 * g, 128), scales.Slice(g, 8), minima.Slice(g, 8));
        var largestScale = Extremes.Largest(scales);
        var largestMinimum = Extremes.Largest(minima);
        block.Scale = (Half)(largestScale > 0 ? largestScale / 15 : 0);
        block.Minimum = (Half)(largestMinimum > 0 ? largestMinimum / 15 : 0);
        var inverseScale = largestScale > 0 ? 15 / largestScale : 0;
        var inverseMinimum = largestMinimum > 0 ? 15 / largestMinimum : 0;
        for (var g = 0; g < 16; g++)
        {
            block.GroupScales[g] = (byte)(Rounding.Nearest(inverseScale * scales[g]) | Rounding.Nearest(inverseMinimum * minima[g]) << 4);
            var scale = (float)block.Scale * (block.GroupScales[g] & 15);
            var minimum = (float)block.Minimum * (block.GroupScales[g] >> 4);
            LevelRounding.FromMinimum(source.Slice(16 * g, 16), scale, minimum, 3, levels.Slice(16 * g, 16));
        }

        for (var i = 0; i < 256; i++) block.Levels[i / 128 * 32 + i % 32] |= (byte)(levels[i] << i % 128 / 32 * 2);
    }

    public static bool HasFiniteScales(in BlockQ2_K block) => Half.IsFinite(block.Scale) && Half.IsFinite(block.Minimum);
}
