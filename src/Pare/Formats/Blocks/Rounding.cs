using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pare.Formats.Blocks;

/// <summary>The roundings of llama.cpp's quantizers, down to what they give outside their range on x86.</summary>
internal static class Rounding
{
    /// <summary>Nearest integer, ties to even, by adding 1.5 · 2²³ and reading the low 23 bits; exact for |value| ≤ 2²² and defined (if meaningless) beyond.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Nearest(float value) =>
        (BitConverter.SingleToInt32Bits(value + 12582912f) & 0x007fffff) - 0x00400000;

    /// <summary>The same in lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Nearest(Vector256<float> values) =>
        ((values + Vector256.Create(12582912f)).AsInt32() & Vector256.Create(0x007fffff)) - Vector256.Create(0x00400000);

    /// <summary>Integer part, and the lowest <see cref="int"/> for NaN and what does not fit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Truncate(float value) =>
        value is > -2147483648f and < 2147483648f ? (int)value : int.MinValue;

    /// <summary>Nearest integer, ties away from zero, and the lowest <see cref="int"/> for NaN and what does not fit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int AwayFromZero(float value)
    {
        // The fraction of a float32 is exact, so comparing it with a half decides as the definition does.
        var whole = Truncate(value);
        if (whole == int.MinValue) return whole;
        var fraction = value - whole;
        return fraction >= 0.5f ? whole + 1 : fraction <= -0.5f ? whole - 1 : whole;
    }
}
