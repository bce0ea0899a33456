using System.Runtime.InteropServices;
using Pare.Formats;
using Pare.Formats.Blocks;
using Pare.Numerics;

namespace Pare.Tests.Formats.Blocks;

public sealed class PlainFloatsTests
{
    [Fact]
    public void Every_F16_decodes_to_its_value()
    {
        var codes = AllCodes();
        var actual = new float[65536];
        WeightCodec.Dequantize(ElementType.F16, MemoryMarshal.AsBytes<ushort>(codes), actual);
        for (var code = 0; code < 65536; code++) AssertIs(BlockDefinitions.F16([(byte)code, (byte)(code >> 8)]), actual[code], code);
    }

    [Fact]
    public void Every_F16_scale_of_a_kernel_is_its_value()
    {
        for (var code = 0; code < 65536; code++)
            AssertIs(BlockDefinitions.F16([(byte)code, (byte)(code >> 8)]), F16Scale.Read(BitConverter.UInt16BitsToHalf((ushort)code)), code);
    }

    [Fact]
    public void Every_BF16_decodes_to_its_value_and_back_to_itself()
    {
        var codes = AllCodes();
        var actual = new float[65536];
        WeightCodec.Dequantize(ElementType.BF16, MemoryMarshal.AsBytes<ushort>(codes), actual);
        for (var code = 0; code < 65536; code++)
        {
            int exponent = code >> 7 & 255, mantissa = code & 127;
            var magnitude = exponent == 255 ? mantissa == 0 ? double.PositiveInfinity : double.NaN
                : exponent == 0 ? mantissa * Math.Pow(2, -133)
                : (128 + mantissa) * Math.Pow(2, exponent - 134);
            AssertIs(code >= 32768 ? -magnitude : magnitude, actual[code], code);
            if (!double.IsNaN(magnitude)) Assert.Equal(code, HalfConversion.ToBFloat16(actual[code]));
            else Assert.Equal(code | 0x40, HalfConversion.ToBFloat16(actual[code]));
        }
    }

    [Theory]
    [InlineData(ElementType.F8E4M3, 4, 7)]
    [InlineData(ElementType.F8E5M2, 5, 15)]
    public void Every_8_bit_float_decodes_to_its_value(ElementType type, int exponentBits, int bias)
    {
        var codes = Enumerable.Range(0, 256).Select(code => (byte)code).ToArray();
        var actual = new float[256];
        WeightCodec.Dequantize(type, codes, actual);
        for (var code = 0; code < 256; code++)
        {
            var mantissaBits = 7 - exponentBits;
            var steps = 1 << mantissaBits;
            int exponent = code % 128 / steps, mantissa = code % steps;
            var magnitude = exponent == 0 ? Math.Pow(2, 1 - bias) * mantissa / steps : Math.Pow(2, exponent - bias) * (1 + (double)mantissa / steps);
            if (type == ElementType.F8E4M3 && code % 128 == 127) magnitude = double.NaN;
            if (type == ElementType.F8E5M2 && exponent == 31) magnitude = mantissa == 0 ? double.PositiveInfinity : double.NaN;
            AssertIs(code >= 128 ? -magnitude : magnitude, actual[code], code);
        }

        // The largest finite numbers that the OCP specification names.
        Assert.Equal(type == ElementType.F8E4M3 ? 448 : 57344, actual.Where(float.IsFinite).Max());
    }

    [Theory]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    public void Writing_rounds_to_the_nearest_and_from_halfway_to_the_even(ElementType type)
    {
        var codes = AllCodes();
        var decoded = new float[65536];
        WeightCodec.Dequantize(type, MemoryMarshal.AsBytes<ushort>(codes), decoded);
        var largest = type == ElementType.F16 ? 0x7bff : 0x7f7f;
        for (var code = 0; code < largest; code += 7)
        {
            // Between neighbours a and b: just past a, halfway, just before b, and the same below zero.
            float a = decoded[code], b = decoded[code + 1];
            var halfway = (float)((a + (double)b) / 2);
            float[] values = [MathF.BitIncrement(a), MathF.BitDecrement(halfway), halfway, MathF.BitIncrement(halfway), MathF.BitDecrement(b), -halfway, -b];
            var even = (ushort)(code % 2 == 0 ? code : code + 1);
            ushort[] expected = [(ushort)code, (ushort)code, even, (ushort)(code + 1), (ushort)(code + 1), (ushort)(even | 0x8000), (ushort)(code + 1 | 0x8000)];
            var actual = new ushort[values.Length];
            WeightCodec.Quantize(type, values, MemoryMarshal.AsBytes(actual.AsSpan()));
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void F32_passes_unchanged_and_F64_is_rounded()
    {
        float[] values = [1, -0f, 1e-45f, 3.4e38f];
        var bytes = new byte[16];
        WeightCodec.Quantize(ElementType.F32, values, bytes);
        var back = new float[4];
        WeightCodec.Dequantize(ElementType.F32, bytes, back);
        Assert.Equal(values, back);
        double[] doubles = [0.1, 1 + Math.Pow(2, -24), 1 + 3 * Math.Pow(2, -24)];
        WeightCodec.Dequantize(ElementType.F64, MemoryMarshal.AsBytes<double>(doubles), back.AsSpan(0, 3));
        Assert.Equal([0.1f, 1, 1 + 4 * MathF.Pow(2, -24)], back[..3]);
    }

    private static ushort[] AllCodes() => Enumerable.Range(0, 65536).Select(code => (ushort)code).ToArray();

    private static void AssertIs(double expected, float actual, int code)
    {
        var equal = double.IsNaN(expected) ? float.IsNaN(actual) : BitConverter.DoubleToInt64Bits(expected) == BitConverter.DoubleToInt64Bits(actual);
        if (!equal) Assert.Fail($"code {code}: {actual} for {expected}");
    }
}
