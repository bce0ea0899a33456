using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Formats.Blocks;

/// <summary>32 numbers in 20 bytes: <c>x = level · Scale + Minimum</c>. Byte j holds level j in its low and level j + 16 in its high half.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct BlockQ4_1 : IWritableBlockFormat<BlockQ4_1>
{
    /// <summary>Step between levels.</summary>
    public Half Scale;

    /// <summary>The number at level 0.</summary>
    public Half Minimum;

    /// <summary>Two 4-bit levels a byte.</summary>
    public Bytes16 Levels;

    public static ElementType Type => ElementType.Q4_1;

    public static int Length => 32;

    public static void Dequantize(in BlockQ4_1 block, Span<float> destination)
    {
        var scale = (float)block.Scale;
        var minimum = (float)block.Minimum;
        for (var j = 0; j < 16; j++)
        {
            destination[j] = (block.Levels[j] & 15) * scale + minimum;
            destination[j + 16] = (block.Levels[j] >> 4) * scale + minimum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DequantizeVector(in BlockQ4_1 block, ref float destination)
    {
        var scale = F16Scale.Read(block.Scale);
        var minimum = F16Scale.Read(block.Minimum);
        var packed = Vector128.LoadUnsafe(in block.Levels[0]);
        Spread.ScaledPlus((packed & Vector128.Create((byte)15)).AsSByte(), scale, minimum, ref destination);
        Spread.ScaledPlus((packed >>> 4).AsSByte(), scale, minimum, ref Unsafe.Add(ref destination, 16));
    }

    public static void Quantize(ReadOnlySpan<float> source, out BlockQ4_1 block)
    {
        var (lowest, highest) = Extremes.Range(source);
        var scale = (highest - lowest) / 15;
        var inverse = scale != 0 ? 1 / scale : 0;
        block.Scale = (Half)scale;
        block.Minimum = (Half)lowest;
        block.Levels = default;
        if (Block32.Takes(inverse))
        {
            var levels = Vector256.Min(Block32.Truncated(source, lowest, inverse, 0.5f), Vector256.Create((byte)15));
            Block32.StoreNibbles(levels, ref block.Levels[0]);
            return;
        }

        for (var j = 0; j < 16; j++)
        {
            block.Levels[j] = (byte)(Level((source[j] - lowest) * inverse) | Level((source[j + 16] - lowest) * inverse) << 4);
        }
    }

    public static bool HasFiniteScales(in BlockQ4_1 block) => Half.IsFinite(block.Scale) && Half.IsFinite(block.Minimum);

    private static int Level(float steps) => (byte)Math.Min(15, (int)(sbyte)Rounding.Truncate(steps + 0.5f));
}
