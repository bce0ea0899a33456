using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Formats.Blocks;

/// <summary>256 numbers in 144 bytes, 8 groups of 32: <c>x = (Scale · s) · level − Minimum · m</c> with 6-bit s and m a group and 4-bit levels.</summary>
/// <remarks>Byte 32·h + l of <see cref="Levels"/> holds level 64·h + l in its low and 64·h + l + 32 in its high half.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct BlockQ4_K : IWritableBlockFormat<BlockQ4_K>
{
    /// <summary>Unit of the groups' scales.</summary>
    public Half Scale;

    /// <summary>Unit of the groups' minima.</summary>
    public Half Minimum;

    /// <summary>The groups' s and m: <see cref="SixBitScales"/>.</summary>
    public Bytes12 GroupScales;

    /// <summary>Two 4-bit levels a byte.</summary>
    public Bytes128 Levels;

    public static ElementType Type => ElementType.Q4_K;

    public static int Length => 256;

    public static void Dequantize(in BlockQ4_K block, Span<float> destination)
    {
        var (scales, minima) = SixBitScales.Unpack(block.GroupScales);
        for (var i = 0; i < 256; i++)
        {
            var g = i / 32;
            var scale = (float)block.Scale * (int)(scales >> 8 * g & 63);
            var minimum = (float)block.Minimum * (int)(minima >> 8 * g & 63);
            var level = block.Levels[i / 64 * 32 + i % 32] >> g % 2 * 4 & 15;
            destination[i] = scale * level - minimum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DequantizeVector(in BlockQ4_K block, ref float destination)
    {
        var (scales, minima) = SixBitScales.Unpack(block.GroupScales);
        var unit = F16Scale.Read(block.Scale);
        var minimumUnit = F16Scale.Read(block.Minimum);
        var fifteen = Vector128.Create((byte)15);
        for (var i = 0; i < 256; i += 64)
        {
            var lowScale = unit * (int)(scales & 63);
            var highScale = unit * (int)(scales >> 8 & 63);
            var lowMinimum = -(minimumUnit * (int)(minima & 63));
            var highMinimum = -(minimumUnit * (int)(minima >> 8 & 63));
            scales >>= 16;
            minima >>= 16;
            for (var l = 0; l < 32; l += 16)
            {
                var packed = Vector128.LoadUnsafe(in block.Levels[0], (nuint)(i / 2 + l));
                ref var place = ref Unsafe.Add(ref destination, i + l);
                Spread.ScaledPlus((packed & fifteen).AsSByte(), lowScale, lowMinimum, ref place);
                Spread.ScaledPlus((packed >>> 4).AsSByte(), highScale, highMinimum, ref Unsafe.Add(ref place, 32));
            }
        }
    }

    [SkipLocalsInit]
    public static void Quantize(ReadOnlySpan<float> source, out BlockQ4_K block)
    {
        Span<byte> levels = stackalloc byte[256];
        GroupsOf32.Quantize(source, MinimumGrid.Q4_K, levels, out block.Scale, out block.Minimum, out block.GroupScales);
        block.Levels = default;
        for (var i = 0; i < 128; i++)
        {
            var low = i / 32 * 64 + i % 32;
            block.Levels[i] = (byte)(levels[low] | levels[low + 32] << 4);
        }
    }

    public static bool HasFiniteScales(in BlockQ4_K block) => Half.IsFinite(block.Scale) && Half.IsFinite(block.Minimum);
}
