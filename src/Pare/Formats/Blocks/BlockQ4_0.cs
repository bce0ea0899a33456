using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Formats.Blocks;

/// <summary>32 numbers in 18 bytes: <c>x = (level − 8) · Scale</c>. Byte j holds level j in its low and level j + 16 in its high half.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct BlockQ4_0 : IWritableBlockFormat<BlockQ4_0>
{
    /// <summary>Step between levels; its sign is chosen so that the largest magnitude lies at level 0.</summary>
    public Half Scale;

    /// <summary>Two 4-bit levels a byte.</summary>
    public Bytes16 Levels;

    public static ElementType Type => ElementType.Q4_0;

    public static int Length => 32;

    public static void Dequantize(in BlockQ4_0 block, Span<float> destination)
    {
        var scale = (float)block.Scale;
        for (var j = 0; j < 16; j++)
        {
            destination[j] = ((block.Levels[j] & 15) - 8) * scale;
            destination[j + 16] = ((block.Levels[j] >> 4) - 8) * scale;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DequantizeVector(in BlockQ4_0 block, ref float destination)
    {
        var scale = F16Scale.Read(block.Scale);
        var packed = Vector128.LoadUnsafe(in block.Levels[0]);
        var eight = Vector128.Create((sbyte)8);
        Spread.Scaled((packed & Vector128.Create((byte)15)).AsSByte() - eight, scale, ref destination);
        Spread.Scaled((packed >>> 4).AsSByte() - eight, scale, ref Unsafe.Add(ref destination, 16));
    }

    public static void Quantize(ReadOnlySpan<float> source, out BlockQ4_0 block)
    {
        var scale = Extremes.Signed(source, out _) / -8;
        var inverse = scale != 0 ? 1 / scale : 0;
        block.Scale = (Half)scale;
        block.Levels = default;
        if (Block32.Takes(inverse))
        {
            var levels = Vector256.Min(Block32.Truncated(source, 0, inverse, 8.5f), Vector256.Create((byte)15));
            Block32.StoreNibbles(levels, ref block.Levels[0]);
            return;
        }

        for (var j = 0; j < 16; j++)
        {
            block.Levels[j] = (byte)(Level(source[j] * inverse) | Level(source[j + 16] * inverse) << 4);
        }
    }

    public static bool HasFiniteScales(in BlockQ4_0 block) => Half.IsFinite(block.Scale);

    private static int Level(float steps) => (byte)Math.Min(15, (int)(sbyte)Rounding.Truncate(steps + 8.5f));
}
