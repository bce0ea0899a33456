using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Formats.Blocks;

/// <summary>256 numbers in 110 bytes, 16 groups of 16: <c>x = (Scale · (s − 32)) · (level − 4)</c> with 6-bit s a group and 3-bit levels.</summary>
/// <remarks>The low two bits of the levels lie as in Q2_K; the third bit of level i is bit i / 32 of byte i % 32 of <see cref="ThirdBits"/>.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct BlockQ3_K : IWritableBlockFormat<BlockQ3_K>
{
    /// <summary>The third bit of the levels.</summary>
    public Bytes32 ThirdBits;

    /// <summary>The low two bits, four levels a byte.</summary>
    public Bytes64 Levels;

    /// <summary>Low halves of s: 0–7 in the low, 8–15 in the high four bits of bytes 0–7; upper two bits of s j: bits 2·(j / 4) of byte 8 + j % 4.</summary>
    public Bytes12 GroupScales;

    /// <summary>Unit of the groups' scales.</summary>
    public Half Scale;

    public static ElementType Type => ElementType.Q3_K;

    public static int Length => 256;

    public static void Dequantize(in BlockQ3_K block, Span<float> destination)
    {
        var unit = (float)block.Scale;
        for (var i = 0; i < 256; i++)
        {
            var j = i / 16;
            var low = block.GroupScales[j % 8] >> j / 8 * 4 & 15;
            var high = block.GroupScales[8 + j % 4] >> j / 4 * 2 & 3;
            var scale = unit * ((low | high << 4) - 32);
            var level = block.Levels[i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3;
            var third = block.ThirdBits[i % 32] >> i / 32 & 1;
            destination[i] = scale * (level + 4 * third - 4);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DequantizeVector(in BlockQ3_K block, ref float destination)
    {
        var unit = F16Scale.Read(block.Scale);
        var groups = UnpackScales(block.GroupScales);
        var three = Vector128.Create((byte)3);
        var four = Vector128.Create((byte)4);
        for (var i = 0; i < 256; i += 16)
        {
            var levels = Vector128.LoadUnsafe(in block.Levels[i / 128 * 32 + i % 32]) >>> i % 128 / 32 * 2 & three;
            var third = (Vector128.LoadUnsafe(in block.ThirdBits[i % 32]) >>> i / 32 & Vector128<byte>.One) << 2;
            Spread.Scaled((levels + third - four).AsSByte(), unit * groups[i / 16], ref Unsafe.Add(ref destination, i));
        }
    }

    [SkipLocalsInit]
    public static void Quantize(ReadOnlySpan<float> source, out BlockQ3_K block)
    {
        block = default;
        Span<float> scales = stackalloc float[16];
        Span<byte> levels = stackalloc byte[256];
        for (var g = 0; g < 16; g++) scales[g] = SymmetricScaleSearch.SearchByDescent(source.Slice(16 * g, 16), 4, levels.Slice(16 * g, 16));
        var extreme = Extremes.Signed(scales, out _);
        var inverse = extreme != 0 ? -32 / extreme : 0;
        block.Scale = (Half)(extreme != 0 ? 1 / inverse : 0);
        for (var g = 0; g < 16; g++)
        {
            // Without a scale all twelve bytes stay zero, which reads as s − 32 = −32 times a unit of zero.
            var stored = extreme != 0 ? Math.Clamp((sbyte)Rounding.Nearest(inverse * scales[g]), (sbyte)-32, (sbyte)31) + 32 : 0;
            block.GroupScales[g % 8] |= (byte)((stored & 15) << g / 8 * 4);
            block.GroupScales[8 + g % 4] |= (byte)(stored >> 4 << g / 4 * 2);
            var scale = (float)block.Scale * (stored - 32);
            LevelRounding.FromMiddle(source.Slice(16 * g, 16), scale, 4, levels.Slice(16 * g, 16));
        }

        for (var i = 0; i < 256; i++)
        {
            block.Levels[i / 128 * 32 + i % 32] |= (byte)((levels[i] & 3) << i % 128 / 32 * 2);
            block.ThirdBits[i % 32] |= (byte)(levels[i] >> 2 << i / 32);
        }
    }

    public static bool HasFiniteScales(in BlockQ3_K block) => Half.IsFinite(block.Scale);

    private static Vector128<sbyte> UnpackScales(ReadOnlySpan<byte> packed)
    {
        var low = BinaryPrimitives.ReadUInt64LittleEndian(packed);
        var high = BinaryPrimitives.ReadUInt32LittleEndian(packed[8..]);
        var lows = Vector128.Create(low & 0x0f0f0f0f0f0f0f0f, low >> 4 & 0x0f0f0f0f0f0f0f0f).AsByte();
        var highs = Vector128.Create(high & 0x03030303, high >> 2 & 0x03030303, high >> 4 & 0x03030303, high >> 6 & 0x03030303).AsByte();
        return (lows | highs << 4).AsSByte() - Vector128.Create((sbyte)32);
    }
}
