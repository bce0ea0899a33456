namespace Pare.Interop.Tests;

/// <summary>The binding of ggml's quantizers, held to the definitions of two simple formats and to the exported functions.</summary>
public sealed class GgmlBaseTests : IClassFixture<LlamaFixture>
{
    [InteropFact]
    public void Q8_0_is_a_half_scale_and_rounded_quotients()
    {
        var values = Enumerable.Range(0, 32).Select(i => (i - 15.3f) * 0.037f).ToArray();
        var bytes = GgmlBase.Quantize(GgmlType.Q8_0, values, 32);
        Assert.Equal(34, bytes.Length);
        var largest = values.Max(Math.Abs);
        var scale = largest / 127f;
        Assert.Equal((Half)scale, BitConverter.ToHalf(bytes));
        for (var i = 0; i < 32; i++) Assert.Equal(Math.Round(values[i] / scale, MidpointRounding.AwayFromZero), (sbyte)bytes[2 + i]);
        var back = GgmlBase.Dequantize(GgmlType.Q8_0, bytes, 32);
        for (var i = 0; i < 32; i++) Assert.Equal((float)(Half)scale * (sbyte)bytes[2 + i], back[i]);
    }

    [InteropFact]
    public void Q4_0_keeps_values_of_its_grid()
    {
        var values = Enumerable.Range(0, 64).Select(i => (i * 7 % 16 - 8) * 0.25f).ToArray();
        var bytes = GgmlBase.Quantize(GgmlType.Q4_0, values, 64);
        Assert.Equal(GgmlBase.RowBytes(GgmlType.Q4_0, 64), bytes.Length);
        Assert.Equal(values, GgmlBase.Dequantize(GgmlType.Q4_0, bytes, 64));
    }

    [InteropTheory]
    [InlineData(GgmlType.Q4_0, "q4_0", 32, 18)]
    [InlineData(GgmlType.Q4_1, "q4_1", 32, 20)]
    [InlineData(GgmlType.Q5_0, "q5_0", 32, 22)]
    [InlineData(GgmlType.Q5_1, "q5_1", 32, 24)]
    [InlineData(GgmlType.Q8_0, "q8_0", 32, 34)]
    [InlineData(GgmlType.Q2_K, "q2_K", 256, 84)]
    [InlineData(GgmlType.Q3_K, "q3_K", 256, 110)]
    [InlineData(GgmlType.Q4_K, "q4_K", 256, 144)]
    [InlineData(GgmlType.Q5_K, "q5_K", 256, 176)]
    [InlineData(GgmlType.Q6_K, "q6_K", 256, 210)]
    [InlineData(GgmlType.IQ4_NL, "iq4_nl", 32, 18)]
    internal unsafe void Block_sizes_and_functions_are_those_of_the_named_format(GgmlType type, string name, int block, int bytes)
    {
        Assert.Equal(block, GgmlBase.BlockSize(type));
        Assert.Equal(bytes, GgmlBase.RowBytes(type, block));
        Assert.Equal(LlamaLibrary.Export("ggml-base", $"dequantize_row_{name}"), (nint)LlamaNative.TypeTraits(type)->ToFloat);
    }

    [InteropFact]
    public void Rows_that_are_no_whole_blocks_are_refused()
    {
        Assert.Throws<ArgumentException>(() => GgmlBase.Quantize(GgmlType.Q4_K, new float[576], 576));
        Assert.Throws<ArgumentException>(() => GgmlBase.Dequantize(GgmlType.Q8_0, new byte[33], 32));
    }
}
