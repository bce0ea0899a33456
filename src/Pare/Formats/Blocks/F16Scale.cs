using System.Runtime.CompilerServices;

namespace Pare.Formats.Blocks;

/// <summary>F16 scales to float32 inside kernels, where the call behind the cast of <see cref="Half"/> would cost as much as the block.</summary>
internal static class F16Scale
{
    /// <summary>The scale, exact.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Read(Half scale)
    {
        uint bits = BitConverter.HalfToUInt16Bits(scale);
        var magnitude = bits & 0x7fff;
        // Normal numbers, which scales nearly always are: move exponent and mantissa up and make good the difference of the biases, 127 − 15.
        return magnitude - 0x0400 < 0x7800
            ? BitConverter.UInt32BitsToSingle((bits & 0x8000) << 16 | (magnitude << 13) + (112u << 23))
            : ReadRare(scale);
    }

    /// <summary>The scale that is stored at an address, exact.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe float Read(byte* scale) => Read(Unsafe.ReadUnaligned<Half>(scale));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float ReadRare(Half scale) => (float)scale;
}
