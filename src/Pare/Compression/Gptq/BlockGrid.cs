using Pare.Formats;
using Pare.Formats.Blocks;

namespace Pare.Compression;

/// <summary>The grid of a block whose scales are set: level by level, so that a value can be chosen when its column is reached.</summary>
internal static unsafe class BlockGrid
{
    /// <summary>The formats that have one, for messages.</summary>
    public const string Names = "q8_0, q4_0 or q4_1";

    /// <summary>Whether a format has one.</summary>
    public static bool Has(ElementType type) => type is ElementType.Q8_0 or ElementType.Q4_0 or ElementType.Q4_1;

    /// <summary>Gives value i of a block the level nearest to x.</summary>
    /// <param name="type">The block's format.</param>
    /// <param name="block">The block, its scales set.</param>
    /// <param name="i">Which of its values.</param>
    /// <param name="x">The wanted value.</param>
    /// <returns>The value of the level.</returns>
    public static float Set(ElementType type, byte* block, int i, float x)
    {
        switch (type)
        {
            case ElementType.Q8_0:
                {
                    var stored = (BlockQ8_0*)block;
                    var scale = (float)stored->Scale;
                    var level = Level(x, scale, -127, 127);
                    stored->Levels[i] = (sbyte)level;
                    return level * scale;
                }

            case ElementType.Q4_0:
                {
                    var stored = (BlockQ4_0*)block;
                    var scale = (float)stored->Scale;
                    var level = Level(x, scale, -8, 7);
                    SetNibble(ref stored->Levels, i, level + 8);
                    return level * scale;
                }

            default:
                {
                    var stored = (BlockQ4_1*)block;
                    var (scale, minimum) = ((float)stored->Scale, (float)stored->Minimum);
                    var level = Level(x - minimum, scale, 0, 15);
                    SetNibble(ref stored->Levels, i, level);
                    return level * scale + minimum;
                }
        }
    }

    private static int Level(float x, float scale, int least, int most) => scale == 0 ? Math.Clamp(0, least, most) : (int)Math.Clamp(MathF.Round(x / scale), least, most);

    private static void SetNibble(ref Bytes16 levels, int i, int level)
    {
        ref var pair = ref levels[i % 16];
        pair = (byte)(i < 16 ? (pair & 0xF0) | level : (pair & 0x0F) | level << 4);
    }
}
