using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Formats.Blocks;

/// <summary>32 numbers in 22 bytes: <c>x = (level − 16) · Scale</c>. The low four bits of the levels lie as in Q4_0, the fifth of level j is bit j of <see cref="FifthBits"/>.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct BlockQ5_0 : IWritableBlockFormat<BlockQ5_0>
{
    /// <summary>Step between levels; its sign is chosen so that the largest magnitude lies at level 0.</summary>
    public Half Scale;

    /// <summary>32 bits, lowest first.</summary>
    public uint FifthBits;

    /// <summary>The low four bits, two levels a byte.</summary>
    public Bytes16 Levels;

    public static ElementType Type => ElementType.Q5_0;

    public static int Length => 32;

    public static void Dequantize(in BlockQ5_0 block, Span<float> destination)
    {
        var scale = (float)block.Scale;
        for (var j = 0; j < 16; j++)
        {
            var low = block.Levels[j] & 15 | (int)(block.FifthBits >> j & 1) << 4;
            var high = block.Levels[j] >> 4 | (int)(block.FifthBits >> j + 16 & 1) << 4;
            destination[j] = (low - 16) * scale;
            destination[j + 16] = (high - 16) * scale;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DequantizeVector(in BlockQ5_0 block, ref float destination)
    {
        var scale = F16Scale.Read(block.Scale);
        var packed = Vector128.LoadUnsafe(in block.Levels[0]);
        var sixteen = Vector128.Create((sbyte)16);
        var low = packed & Vector128.Create((byte)15) | FifthBit.Of16((ushort)block.FifthBits);
        var high = packed >>> 4 | FifthBit.Of16((ushort)(block.FifthBits >> 16));
        Spread.Scaled(low.AsSByte() - sixteen, scale, ref destination);
        Spread.Scaled(high.AsSByte() - sixteen, scale, ref Unsafe.Add(ref destination, 16));
    }

    public static void Quantize(ReadOnlySpan<float> source, out BlockQ5_0 block)
    {
        var scale = Extremes.Signed(source, out _) / -16;
        var inverse = scale != 0 ? 1 / scale : 0;
        block.Scale = (Half)scale;
        block.Levels = default;
        block.FifthBits = 0;
        if (Block32.Takes(inverse))
        {
            var levels = Vector256.Min(Block32.Truncated(source, 0, inverse, 16.5f), Vector256.Create((byte)31));
            block.FifthBits = Block32.FifthBits(levels);
            Block32.StoreNibbles(levels, ref block.Levels[0]);
            return;
        }

        uint fifth = 0;
        for (var j = 0; j < 16; j++)
        {
            var low = Level(source[j] * inverse);
            var high = Level(source[j + 16] * inverse);
            block.Levels[j] = (byte)(low & 15 | (high & 15) << 4);
            fifth |= (uint)(low >> 4 & 1) << j | (uint)(high >> 4 & 1) << j + 16;
        }

        block.FifthBits = fifth;
    }

    public static bool HasFiniteScales(in BlockQ5_0 block) => Half.IsFinite(block.Scale);

    private static int Level(float steps) => (byte)Math.Min(31, (int)(sbyte)Rounding.Truncate(steps + 16.5f));
}
