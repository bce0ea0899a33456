using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Formats.Blocks;

/// <summary>256 numbers in 210 bytes, 16 groups of 16: <c>x = (Scale · s) · (level − 32)</c> with signed 8-bit s a group and 6-bit levels.</summary>
/// <remarks>
/// In half h of the block and for l of 0 to 31, levels 128·h + l, + 32, + 64 and + 96 have their low four bits in the low halves of bytes 64·h + l and 64·h + l + 32
/// of <see cref="Levels"/> and then in the high halves of the same two, their upper two bits, lowest first, in byte 32·h + l of <see cref="UpperBits"/>.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct BlockQ6_K : IWritableBlockFormat<BlockQ6_K>
{
    /// <summary>The low four bits, two levels a byte.</summary>
    public Bytes128 Levels;

    /// <summary>The upper two bits, four levels a byte.</summary>
    public Bytes64 UpperBits;

    /// <summary>s of the 16 groups.</summary>
    public SBytes16 GroupScales;

    /// <summary>Unit of the groups' scales.</summary>
    public Half Scale;

    public static ElementType Type => ElementType.Q6_K;

    public static int Length => 256;

    public static void Dequantize(in BlockQ6_K block, Span<float> destination)
    {
        for (var i = 0; i < 256; i++)
        {
            var scale = (float)block.Scale * block.GroupScales[i / 16];
            var low = block.Levels[i / 128 * 64 + i % 64] >> i % 128 / 64 * 4 & 15;
            var upper = block.UpperBits[i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3;
            destination[i] = scale * ((low | upper << 4) - 32);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DequantizeVector(in BlockQ6_K block, ref float destination)
    {
        var unit = F16Scale.Read(block.Scale);
        var fifteen = Vector128.Create((byte)15);
        var two = Vector128.Create((byte)0x30);
        var offset = Vector128.Create((sbyte)32);
        for (var i = 0; i < 8; i += 2)
        {
            // 16 bytes of upper bits belong to four groups, 32 numbers apart.
            var half = i / 4;
            var l = i % 4 / 2 * 16;
            var upper = Vector128.LoadUnsafe(in block.UpperBits[half * 32 + l]);
            var first = Vector128.LoadUnsafe(in block.Levels[half * 64 + l]);
            var second = Vector128.LoadUnsafe(in block.Levels[half * 64 + 32 + l]);
            ref var place = ref Unsafe.Add(ref destination, half * 128 + l);
            ref readonly var scales = ref block.GroupScales[half * 8 + l / 16];
            Spread.Scaled((first & fifteen | upper << 4 & two).AsSByte() - offset, unit * scales, ref place);
            Spread.Scaled((second & fifteen | upper << 2 & two).AsSByte() - offset, unit * Unsafe.Add(ref Unsafe.AsRef(in scales), 2), ref Unsafe.Add(ref place, 32));
            Spread.Scaled((first >>> 4 | upper & two).AsSByte() - offset, unit * Unsafe.Add(ref Unsafe.AsRef(in scales), 4), ref Unsafe.Add(ref place, 64));
            Spread.Scaled((second >>> 4 | upper >>> 2 & two).AsSByte() - offset, unit * Unsafe.Add(ref Unsafe.AsRef(in scales), 6), ref Unsafe.Add(ref place, 96));
        }
    }

    [SkipLocalsInit]
    public static void Quantize(ReadOnlySpan<float> source, out BlockQ6_K block)
    {
        block = default;
        Span<float> scales = stackalloc float[16];
        Span<byte> levels = stackalloc byte[256];
        for (var g = 0; g < 16; g += 8) SymmetricScaleLanes.SearchByGrid(source.Slice(16 * g, 128), 32, levels.Slice(16 * g, 128), scales.Slice(g, 8));
        var extreme = Extremes.Signed(scales, out var magnitude);
        if (magnitude < Extremes.NegligibleGroup) return;
        var inverse = -128 / extreme;
        block.Scale = (Half)(1 / inverse);
        for (var g = 0; g < 16; g++)
        {
            block.GroupScales[g] = (sbyte)Math.Min(127, Rounding.Nearest(inverse * scales[g]));
            var scale = (float)block.Scale * block.GroupScales[g];
            LevelRounding.FromMiddle(source.Slice(16 * g, 16), scale, 32, levels.Slice(16 * g, 16));
        }

        for (var i = 0; i < 256; i++)
        {
            block.Levels[i / 128 * 64 + i % 64] |= (byte)((levels[i] & 15) << i % 128 / 64 * 4);
            block.UpperBits[i / 128 * 32 + i % 32] |= (byte)(levels[i] >> 4 << i % 128 / 32 * 2);
        }
    }

    public static bool HasFiniteScales(in BlockQ6_K block) => Half.IsFinite(block.Scale);
}
