using Pare.Formats;
using Pare.TestSupport;

namespace Pare.Tests.Formats;

public sealed class WeightCodecTests
{
    [Theory]
    [InlineData(ElementType.Q4_K, 576, ElementType.Q5_0)]
    [InlineData(ElementType.Q5_K, 576, ElementType.Q5_1)]
    [InlineData(ElementType.Q6_K, 576, ElementType.Q8_0)]
    [InlineData(ElementType.Q2_K, 576, ElementType.Q4_0)]
    [InlineData(ElementType.Q3_K, 576, ElementType.Q4_0)]
    [InlineData(ElementType.Q4_K, 172, ElementType.F16)]
    [InlineData(ElementType.Q8_0, 172, ElementType.F16)]
    [InlineData(ElementType.Q4_0, 31, ElementType.F16)]
    [InlineData(ElementType.Q4_K, 512, ElementType.Q4_K)]
    [InlineData(ElementType.Q4_1, 576, ElementType.Q4_1)]
    [InlineData(ElementType.BF16, 7, ElementType.BF16)]
    [InlineData(ElementType.Q6_K, 0, ElementType.Q6_K)]
    public void Rows_that_the_blocks_do_not_divide_fall_back(ElementType wanted, long columns, ElementType expected) =>
        Assert.Equal(expected, WeightCodec.Fallback(wanted, columns));

    [Fact]
    public void Types_that_are_not_written_are_refused_with_those_that_are()
    {
        var error = Assert.Throws<ArgumentException>(() => WeightCodec.Quantize(ElementType.F8E4M3, new float[32], new byte[32]));
        Assert.Contains("F8E4M3", error.Message, StringComparison.Ordinal);
        Assert.Contains("F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL", error.Message, StringComparison.Ordinal);
        Assert.Contains("I32", Assert.Throws<ArgumentException>(() => WeightCodec.Dequantize(ElementType.I32, new byte[4], new float[1])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ElementType.Q8_0)]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.F32)]
    public void Numbers_that_are_not_finite_are_refused_by_index(ElementType type)
    {
        foreach (var bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            var values = new float[64];
            values[41] = bad;
            var error = Assert.Throws<ArgumentException>(() => WeightCodec.Quantize(type, values, new byte[type.RowBytes(64)]));
            Assert.Contains("element 41", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(ElementType.Q8_0, 1e8f, 32)]
    [InlineData(ElementType.Q4_1, -70000, 32)]
    [InlineData(ElementType.F16, 65520, 33)]
    [InlineData(ElementType.BF16, float.MaxValue, 33)]
    public void Numbers_too_large_for_a_type_are_refused(ElementType type, float value, int named)
    {
        var values = new float[64];
        values[33] = value;
        var error = Assert.Throws<ArgumentException>(() => WeightCodec.Quantize(type, values, new byte[type.RowBytes(64)]));
        Assert.Contains($"element {named} ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lengths_must_fit()
    {
        Assert.Contains("blocks of 32", Assert.Throws<ArgumentException>(() => WeightCodec.Quantize(ElementType.Q8_0, new float[33], new byte[34])).Message, StringComparison.Ordinal);
        Assert.Contains("34 bytes", Assert.Throws<ArgumentException>(() => WeightCodec.Quantize(ElementType.Q8_0, new float[32], new byte[35])).Message, StringComparison.Ordinal);
        Assert.Contains("34 bytes", Assert.Throws<ArgumentException>(() => WeightCodec.Dequantize(ElementType.Q8_0, new byte[33], new float[32])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        var values = Enumerable.Range(0, 512).Select(i => MathF.Sin(i)).ToArray();
        var bytes = new byte[4096];
        foreach (var type in Enum.GetValues<ElementType>().Where(WeightCodec.CanWrite))
        {
            var row = (int)type.RowBytes(512);
            Assert.Equal(0, AllocatedBytes.Of(() =>
            {
                WeightCodec.Quantize(type, values, bytes.AsSpan(0, row));
                WeightCodec.Dequantize(type, bytes.AsSpan(0, row), values);
            }));
        }
    }
}
