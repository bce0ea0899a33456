namespace Pare.Formats.Numbers;

/// <summary>A float of few bits: [sign] exponent mantissa, with numbers below the least exponent at even distances and no infinities.</summary>
/// <param name="ExponentBits">Bits of the exponent.</param>
/// <param name="MantissaBits">Bits of the mantissa, without the leading one.</param>
/// <param name="Bias">What is subtracted from the stored exponent.</param>
/// <param name="IsSigned">Whether a sign bit is in front.</param>
/// <param name="HasNaN">Whether the largest magnitude's code is no number (E4M3).</param>
internal readonly record struct Minifloat(int ExponentBits, int MantissaBits, int Bias, bool IsSigned, bool HasNaN)
{
    private int LeastExponent => 1 - Bias;

    private int LargestCode => (1 << ExponentBits + MantissaBits) - (HasNaN ? 2 : 1);

    private int SignBit => IsSigned ? 1 << ExponentBits + MantissaBits : 0;

    /// <summary>The nearest code, ties to an even mantissa; beyond the largest number that one. Without a sign, negative numbers become 0.</summary>
    public byte Encode(float value)
    {
        if (float.IsNaN(value)) return (byte)(HasNaN ? LargestCode + 1 : 0);
        var isNegative = float.IsNegative(value);
        if (isNegative && !IsSigned) return 0;
        var magnitude = MathF.Abs(value);
        var exponent = Math.Max((BitConverter.SingleToInt32Bits(magnitude) >> 23) - 127, LeastExponent);
        // Codes of magnitudes count upwards through all exponents, so a mantissa that rounds up to the next power of two carries by itself.
        var steps = exponent >= 128 ? int.MaxValue >> 8 : (int)MathF.Round(MathF.ScaleB(magnitude, MantissaBits - exponent));
        var code = Math.Min((exponent - LeastExponent << MantissaBits) + (long)steps, LargestCode);
        return (byte)(code | (isNegative ? (uint)SignBit : 0));
    }

    /// <summary>The number of a code; bits in front of the format's are not looked at.</summary>
    public float Decode(int code)
    {
        var magnitude = code & (1 << ExponentBits + MantissaBits) - 1;
        if (magnitude > LargestCode) return float.NaN;
        var exponent = magnitude >> MantissaBits;
        var mantissa = magnitude & (1 << MantissaBits) - 1;
        var value = exponent == 0 ? MathF.ScaleB(mantissa, LeastExponent - MantissaBits)
            : MathF.ScaleB(mantissa + (1 << MantissaBits), exponent - Bias - MantissaBits);
        return (code & SignBit) != 0 ? -value : value;
    }
}
