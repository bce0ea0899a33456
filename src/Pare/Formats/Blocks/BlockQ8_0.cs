using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Formats.Blocks;

/// <summary>32 numbers in 34 bytes: <c>x = level · Scale</c> with signed levels of eight bits.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct BlockQ8_0 : IWritableBlockFormat<BlockQ8_0>
{
    /// <summary>The largest magnitude over 127.</summary>
    public Half Scale;

    /// <summary>Levels −127 to 127 (−128 is read, never written).</summary>
    public SBytes32 Levels;

    public static ElementType Type => ElementType.Q8_0;

    public static int Length => 32;

    public static void Dequantize(in BlockQ8_0 block, Span<float> destination)
    {
        var scale = (float)block.Scale;
        for (var j = 0; j < 32; j++) destination[j] = block.Levels[j] * scale;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DequantizeVector(in BlockQ8_0 block, ref float destination)
    {
        var scale = F16Scale.Read(block.Scale);
        Spread.Scaled(Vector128.LoadUnsafe(in block.Levels[0]), scale, ref destination);
        Spread.Scaled(Vector128.LoadUnsafe(in block.Levels[0], 16), scale, ref Unsafe.Add(ref destination, 16));
    }

    public static void Quantize(ReadOnlySpan<float> source, out BlockQ8_0 block)
    {
        _ = Extremes.Signed(source, out var magnitude);
        var scale = magnitude / 127;
        var inverse = scale != 0 ? 1 / scale : 0;
        block.Scale = (Half)scale;
        block.Levels = default;
        if (Block32.Takes(inverse))
        {
            Block32.Rounded(source, inverse).StoreUnsafe(ref block.Levels[0]);
            return;
        }

        for (var j = 0; j < 32; j++) block.Levels[j] = (sbyte)Rounding.AwayFromZero(source[j] * inverse);
    }

    public static bool HasFiniteScales(in BlockQ8_0 block) => Half.IsFinite(block.Scale);
}
