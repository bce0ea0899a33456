using Pare.Formats;

namespace Pare.Tests.Formats.Blocks;

/// <summary>What holds for every block format.</summary>
public sealed class BlockFormatContractTests
{
    private const int Blocks = 400;

    public static TheoryData<ElementType> Formats { get; } = new(BlockFormatCase.All.Select(format => format.Type));

    [Fact]
    public void Every_block_format_is_listed() =>
        Assert.Equal(Enum.GetValues<ElementType>().Where(ElementTypes.IsBlockFormat).Order(), BlockFormatCase.All.Select(format => format.Type).Order());

    [Theory]
    [MemberData(nameof(Formats))]
    public void The_struct_is_as_large_as_the_stored_block(ElementType type)
    {
        var format = BlockFormatCase.For(type);
        Assert.Equal(type.BlockBytes(), format.StructBytes);
        Assert.Equal(type.BlockLength(), format.Length);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Random_blocks_decode_as_the_layout_says(ElementType type)
    {
        var format = BlockFormatCase.For(type);
        var bytes = RandomBlocks(type, seed: 3);
        var actual = new float[Blocks * format.Length];
        WeightCodec.Dequantize(type, bytes, actual);
        for (var block = 0; block < Blocks; block++)
        {
            var expected = format.Definition(bytes.AsSpan(block * format.StructBytes, format.StructBytes));
            for (var i = 0; i < format.Length; i++)
            {
                var (value, magnitude) = expected[i];
                var found = actual[block * format.Length + i];
                if (!double.IsFinite(magnitude))
                {
                    Assert.False(float.IsFinite(found));
                    continue;
                }

                // At most four roundings of 2⁻²⁴ each, and the last of float32's denormals.
                var bound = magnitude * Math.Pow(2, -22) + 1e-44;
                if (!(Math.Abs(found - value) <= bound)) Assert.Fail($"block {block} element {i}: {found} for {value}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Vectors_give_the_bits_of_the_scalar_definition(ElementType type)
    {
        var bytes = RandomBlocks(type, seed: 4);
        var vector = new float[Blocks * type.BlockLength()];
        var scalar = new float[vector.Length];
        WeightCodec.Dequantize(type, bytes, vector);
        BlockFormatCase.For(type).Scalar(bytes, scalar);
        for (var i = 0; i < vector.Length; i++)
        {
            if (float.IsNaN(scalar[i]) && float.IsNaN(vector[i])) continue;
            Assert.Equal(BitConverter.SingleToInt32Bits(scalar[i]), BitConverter.SingleToInt32Bits(vector[i]));
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void What_is_written_reads_back_within_the_bound_of_the_format(ElementType type)
    {
        var format = BlockFormatCase.For(type);
        foreach (var (name, values) in TestRows.Ordinary(Blocks * format.Length))
        {
            var back = RoundTrip(type, values, out _);
            for (var start = 0; start < values.Length; start += format.Length)
            {
                var block = values.AsSpan(start, format.Length);
                var largest = 0f;
                foreach (var value in block) largest = Math.Max(largest, Math.Abs(value));
                for (var i = 0; i < block.Length; i++)
                {
                    if (!(Math.Abs(back[start + i] - (double)block[i]) <= format.ErrorShare * largest))
                        Assert.Fail($"{name}, element {start + i}: {block[i]} became {back[start + i]}; largest {largest}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Zeros_stay_zeros_and_take_no_scale(ElementType type)
    {
        var back = RoundTrip(type, new float[2 * type.BlockLength()], out _);
        Assert.All(back, value => Assert.Equal(0, value));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Writing_again_what_was_read_changes_nothing_where_that_is_promised(ElementType type)
    {
        if (!BlockFormatCase.For(type).Stable) return;
        foreach (var (_, values) in TestRows.Ordinary(Blocks * type.BlockLength()))
        {
            var back = RoundTrip(type, values, out var first);
            _ = RoundTrip(type, back, out var second);
            Assert.Equal(first, second);
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_block_depends_on_its_own_numbers_only(ElementType type)
    {
        var length = type.BlockLength();
        var values = TestRows.Ordinary(3 * length).First().Values;
        _ = RoundTrip(type, values, out var whole);
        for (var block = 0; block < 3; block++)
        {
            _ = RoundTrip(type, values.AsSpan(block * length, length).ToArray(), out var alone);
            Assert.Equal(whole.AsSpan(block * type.BlockBytes(), type.BlockBytes()).ToArray(), alone);
        }
    }

    private static float[] RoundTrip(ElementType type, float[] values, out byte[] bytes)
    {
        bytes = new byte[type.RowBytes(values.Length)];
        WeightCodec.Quantize(type, values, bytes);
        var back = new float[values.Length];
        WeightCodec.Dequantize(type, bytes, back);
        return back;
    }

    private static byte[] RandomBlocks(ElementType type, int seed)
    {
        var bytes = new byte[Blocks * type.BlockBytes()];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
