using Pare.Formats;
using Pare.Formats.Blocks;

namespace Pare.Compression;

/// <summary>The grid of a block whose scales are set: level by level, so that a value can be chosen when its column is reached.</summary>
internal static unsafe class BlockGrid
{
    /// <summary>The formats that have one, for messages.</summary>
    public const string Names = "q8_0, q6_k, q5_0, q4_k, q4_1 or q4_0";

    /// <summary>Whether a format has one.</summary>
    public static bool Has(ElementType type) => type is ElementType.Q8_0 or ElementType.Q6_K or ElementType.Q5_0 or ElementType.Q4_K or ElementType.Q4_1 or ElementType.Q4_0;

    /// <summary>Gives value i of a block the level nearest to x.</summary>
    /// <param name="type">The block's format.</param>
    /// <param name="block">The block, its scales set.</param>
    /// <param name="i">Which of its values.</param>
    /// <param name="x">The wanted value.</param>
    /// <returns>The value of the level.</returns>
    public static float Set(ElementType type, byte* block, int i, float x) => type switch
    {
        ElementType.Q8_0 => Set(ref *(BlockQ8_0*)block, i, x),
        ElementType.Q6_K => Set(ref *(BlockQ6_K*)block, i, x),
        ElementType.Q5_0 => Set(ref *(BlockQ5_0*)block, i, x),
        ElementType.Q4_K => Set(ref *(BlockQ4_K*)block, i, x),
        ElementType.Q4_1 => Set(ref *(BlockQ4_1*)block, i, x),
        _ => Set(ref *(BlockQ4_0*)block, i, x),
    };

    private static float Set(ref BlockQ8_0 block, int i, float x)
    {
        var scale = (float)block.Scale;
        var level = Level(x, scale, -127, 127);
        block.Levels[i] = (sbyte)level;
        return level * scale;
    }

    private static float Set(ref BlockQ6_K block, int i, float x)
    {
        var scale = (float)block.Scale * block.GroupScales[i / 16];
        var level = Level(x, scale, -32, 31);
        Replace(ref block.Levels[i / 128 * 64 + i % 64], i % 128 / 64 * 4, 15, level + 32);
        Replace(ref block.UpperBits[i / 128 * 32 + i % 32], i % 128 / 32 * 2, 3, level + 32 >> 4);
        return level * scale;
    }

    private static float Set(ref BlockQ5_0 block, int i, float x)
    {
        var scale = (float)block.Scale;
        var level = Level(x, scale, -16, 15);
        Replace(ref block.Levels[i % 16], i / 16 * 4, 15, level + 16);
        block.FifthBits = block.FifthBits & ~(1u << i) | (uint)(level + 16 >> 4) << i;
        return level * scale;
    }

    private static float Set(ref BlockQ4_K block, int i, float x)
    {
        var (scales, minima) = SixBitScales.Unpack(block.GroupScales);
        var group = i / 32;
        var scale = (float)block.Scale * (int)(scales >> 8 * group & 63);
        var minimum = (float)block.Minimum * (int)(minima >> 8 * group & 63);
        var level = Level(x + minimum, scale, 0, 15);
        Replace(ref block.Levels[i / 64 * 32 + i % 32], group % 2 * 4, 15, level);
        return level * scale - minimum;
    }

    private static float Set(ref BlockQ4_1 block, int i, float x)
    {
        var (scale, minimum) = ((float)block.Scale, (float)block.Minimum);
        var level = Level(x - minimum, scale, 0, 15);
        Replace(ref block.Levels[i % 16], i / 16 * 4, 15, level);
        return level * scale + minimum;
    }

    private static float Set(ref BlockQ4_0 block, int i, float x)
    {
        var scale = (float)block.Scale;
        var level = Level(x, scale, -8, 7);
        Replace(ref block.Levels[i % 16], i / 16 * 4, 15, level + 8);
        return level * scale;
    }

    private static int Level(float x, float scale, int least, int most) => scale == 0 ? Math.Clamp(0, least, most) : (int)Math.Clamp(MathF.Round(x / scale), least, most);

    private static void Replace(ref byte bits, int shift, int mask, int value) => bits = (byte)(bits & ~(mask << shift) | (value & mask) << shift);
}
