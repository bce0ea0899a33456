using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Formats.Blocks;

/// <summary>32 numbers in 24 bytes: <c>x = level · Scale + Minimum</c>, levels of five bits stored as in Q5_0.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct BlockQ5_1 : IWritableBlockFormat<BlockQ5_1>
{
    /// <summary>Step between levels.</summary>
    public Half Scale;

    /// <summary>The number at level 0.</summary>
    public Half Minimum;

    /// <summary>The fifth bits of the levels, lowest first.</summary>
    public uint FifthBits;

    /// <summary>The low four bits, two levels a byte.</summary>
    public Bytes16 Levels;

    public static ElementType Type => ElementType.Q5_1;

    public static int Length => 32;

    public static void Dequantize(in BlockQ5_1 block, Span<float> destination)
    {
        var scale = (float)block.Scale;
        var minimum = (float)block.Minimum;
        for (var j = 0; j < 16; j++)
        {
            var low = block.Levels[j] & 15 | (int)(block.FifthBits >> j & 1) << 4;
            var high = block.Levels[j] >> 4 | (int)(block.FifthBits >> j + 16 & 1) << 4;
            destination[j] = low * scale + minimum;
            destination[j + 16] = high * scale + minimum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DequantizeVector(in BlockQ5_1 block, ref float destination)
    {
        var scale = F16Scale.Read(block.Scale);
        var minimum = F16Scale.Read(block.Minimum);
        var packed = Vector128.LoadUnsafe(in block.Levels[0]);
        var low = packed & Vector128.Create((byte)15) | FifthBit.Of16((ushort)block.FifthBits);
        var high = packed >>> 4 | FifthBit.Of16((ushort)(block.FifthBits >> 16));
        Spread.ScaledPlus(low.AsSByte(), scale, minimum, ref destination);
        Spread.ScaledPlus(high.AsSByte(), scale, minimum, ref Unsafe.Add(ref destination, 16));
    }

    public static void Quantize(ReadOnlySpan<float> source, out BlockQ5_1 block)
    {
        var (lowest, highest) = Extremes.Range(source);
        var scale = (highest - lowest) / 31;
        var inverse = scale != 0 ? 1 / scale : 0;
        block.Scale = (Half)scale;
        block.Minimum = (Half)lowest;
        block.Levels = default;
        block.FifthBits = 0;
        if (Block32.Takes(inverse))
        {
            var levels = Block32.Truncated(source, lowest, inverse, 0.5f);
            block.FifthBits = Block32.FifthBits(levels);
            Block32.StoreNibbles(levels, ref block.Levels[0]);
            return;
        }

        uint fifth = 0;
        for (var j = 0; j < 16; j++)
        {
            var low = Level((source[j] - lowest) * inverse);
            var high = Level((source[j + 16] - lowest) * inverse);
            block.Levels[j] = (byte)(low & 15 | (high & 15) << 4);
            fifth |= (uint)(low >> 4 & 1) << j | (uint)(high >> 4 & 1) << j + 16;
        }

        block.FifthBits = fifth;
    }

    public static bool HasFiniteScales(in BlockQ5_1 block) => Half.IsFinite(block.Scale) && Half.IsFinite(block.Minimum);

    private static int Level(float steps) => (byte)Rounding.Truncate(steps + 0.5f);
}
