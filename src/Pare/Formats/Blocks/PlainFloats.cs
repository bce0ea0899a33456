using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Pare.Formats.Blocks;

/// <summary>The float types without blocks that are read only: conversions to float32.</summary>
internal static class PlainFloats
{
    private static readonly float[] E4M3 = Decode(exponentBits: 4, bias: 7);
    private static readonly float[] E5M2 = Decode(exponentBits: 5, bias: 15);

    /// <summary>F64 to float32, rounded to nearest even.</summary>
    public static void FromF64(ReadOnlySpan<byte> source, Span<float> destination) =>
        TensorPrimitives.ConvertTruncating<double, float>(MemoryMarshal.Cast<byte, double>(source), destination);

    /// <summary>OCP E4M3 to float32: bias 7, no infinities, NaN where all seven low bits are set.</summary>
    public static void FromF8E4M3(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (var i = 0; i < source.Length; i++) destination[i] = E4M3[source[i]];
    }

    /// <summary>OCP E5M2 to float32: bias 15, infinities and NaN as IEEE 754 has them.</summary>
    public static void FromF8E5M2(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (var i = 0; i < source.Length; i++) destination[i] = E5M2[source[i]];
    }

    private static float[] Decode(int exponentBits, int bias)
    {
        var mantissaBits = 7 - exponentBits;
        var one = 1 << mantissaBits;
        var table = new float[256];
        for (var code = 0; code < 256; code++)
        {
            var exponent = (code & 127) >> mantissaBits;
            var mantissa = code & one - 1;
            var special = exponentBits == 4 ? (code & 127) == 127 : exponent == 31;
            var magnitude = special ? mantissa == 0 ? float.PositiveInfinity : float.NaN
                : exponent == 0 ? MathF.ScaleB(mantissa, 1 - bias - mantissaBits)
                : MathF.ScaleB(one + mantissa, exponent - bias - mantissaBits);
            table[code] = code < 128 ? magnitude : -magnitude;
        }

        return table;
    }
}
