using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Formats.Blocks;

/// <summary>256 numbers in 176 bytes, 8 groups of 32: <c>x = (Scale · s) · level − Minimum · m</c> with 6-bit s and m a group and 5-bit levels.</summary>
/// <remarks>The low four bits of the levels lie as in Q4_K; the fifth bit of level i is bit i / 32 of byte i % 32 of <see cref="FifthBits"/>.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct BlockQ5_K : IWritableBlockFormat<BlockQ5_K>
{
    /// <summary>Unit of the groups' scales.</summary>
    public Half Scale;

    /// <summary>Unit of the groups' minima.</summary>
    public Half Minimum;

    /// <summary>The groups' s and m: <see cref="SixBitScales"/>.</summary>
    public Bytes12 GroupScales;

    /// <summary>The fifth bit of the levels.</summary>
    public Bytes32 FifthBits;

    /// <summary>The low four bits, two levels a byte.</summary>
    public Bytes128 Levels;

    public static ElementType Type => ElementType.Q5_K;

    public static int Length => 256;

    public static void Dequantize(in BlockQ5_K block, Span<float> destination)
    {
        var (scales, minima) = SixBitScales.Unpack(block.GroupScales);
        for (var i = 0; i < 256; i++)
        {
            var g = i / 32;
            var scale = (float)block.Scale * (int)(scales >> 8 * g & 63);
            var minimum = (float)block.Minimum * (int)(minima >> 8 * g & 63);
            var level = block.Levels[i / 64 * 32 + i % 32] >> g % 2 * 4 & 15;
            var fifth = block.FifthBits[i % 32] >> g & 1;
            destination[i] = scale * (level + 16 * fifth) - minimum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DequantizeVector(in BlockQ5_K block, ref float destination)
    {
        var (scales, minima) = SixBitScales.Unpack(block.GroupScales);
        var unit = F16Scale.Read(block.Scale);
        var minimumUnit = F16Scale.Read(block.Minimum);
        var fifteen = Vector128.Create((byte)15);
        var one = Vector128<byte>.One;
        for (var i = 0; i < 256; i += 16)
        {
            var g = i / 32;
            var scale = unit * (int)(scales >> 8 * g & 63);
            var minimum = -(minimumUnit * (int)(minima >> 8 * g & 63));
            var low = Vector128.LoadUnsafe(in block.Levels[i / 64 * 32 + i % 32]) >>> g % 2 * 4 & fifteen;
            var fifth = (Vector128.LoadUnsafe(in block.FifthBits[i % 32]) >>> g & one) << 4;
            Spread.ScaledPlus((low | fifth).AsSByte(), scale, minimum, ref Unsafe.Add(ref destination, i));
        }
    }

    [SkipLocalsInit]
    public static void Quantize(ReadOnlySpan<float> source, out BlockQ5_K block)
    {
        Span<byte> levels = stackalloc byte[256];
        GroupsOf32.Quantize(source, MinimumGrid.Q5_K, levels, out block.Scale, out block.Minimum, out block.GroupScales);
        block.Levels = default;
        block.FifthBits = default;
        for (var i = 0; i < 256; i++)
        {
            block.Levels[i / 64 * 32 + i % 32] |= (byte)((levels[i] & 15) << i / 32 % 2 * 4);
            block.FifthBits[i % 32] |= (byte)(levels[i] >> 4 << i / 32);
        }
    }

    public static bool HasFiniteScales(in BlockQ5_K block) => Half.IsFinite(block.Scale) && Half.IsFinite(block.Minimum);
}
