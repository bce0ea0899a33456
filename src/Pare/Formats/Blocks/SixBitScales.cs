using System.Buffers.Binary;

namespace Pare.Formats.Blocks;

/// <summary>Eight scales and eight minima of six bits in twelve bytes, as Q4_K and Q5_K store them.</summary>
/// <remarks>Bytes 0–3 and 4–7 hold scales and minima 0–3 in their low six bits; bytes 8–11 the low halves of scales and minima 4–7, whose upper two bits are the top bits of bytes 0–7.</remarks>
internal static class SixBitScales
{
    /// <summary>Unpacks them; byte j of the results (lowest first) is scale and minimum j.</summary>
    /// <param name="packed">[12] bytes.</param>
    /// <returns>Eight scales and eight minima, 0 to 63 each.</returns>
    public static (ulong Scales, ulong Minima) Unpack(ReadOnlySpan<byte> packed)
    {
        var first = BinaryPrimitives.ReadUInt32LittleEndian(packed);
        var second = BinaryPrimitives.ReadUInt32LittleEndian(packed[4..]);
        var third = BinaryPrimitives.ReadUInt32LittleEndian(packed[8..]);
        var highScales = third & 0x0f0f0f0f | (first >> 6 & 0x03030303) << 4;
        var highMinima = third >> 4 & 0x0f0f0f0f | (second >> 6 & 0x03030303) << 4;
        return (first & 0x3f3f3f3f | (ulong)highScales << 32, second & 0x3f3f3f3f | (ulong)highMinima << 32);
    }

    /// <summary>Packs them.</summary>
    /// <param name="scales">[8] numbers of 0 to 63.</param>
    /// <param name="minima">[8] numbers of 0 to 63.</param>
    /// <param name="packed">[12] bytes.</param>
    public static void Pack(ReadOnlySpan<byte> scales, ReadOnlySpan<byte> minima, Span<byte> packed)
    {
        for (var j = 0; j < 4; j++)
        {
            packed[j] = (byte)(scales[j] | scales[j + 4] >> 4 << 6);
            packed[j + 4] = (byte)(minima[j] | minima[j + 4] >> 4 << 6);
            packed[j + 8] = (byte)(scales[j + 4] & 15 | (minima[j + 4] & 15) << 4);
        }
    }
}
