using Pare.Formats;

namespace Pare.Interop.Tests.Formats;

/// <summary>Every block format against ggml's own code: the same bytes when written, the same bits when read.</summary>
public sealed class BlockFormatsInteropTests : IClassFixture<LlamaFixture>
{
    public static TheoryData<ElementType> BlockFormats { get; } = new(Enum.GetValues<ElementType>().Where(ElementTypes.IsBlockFormat));

    [InteropTheory]
    [MemberData(nameof(BlockFormats))]
    public void Ordinary_and_extreme_rows_are_written_as_ggml_writes_them(ElementType type) =>
        AssertSameBytes(type, BlockRows.Make(seed: 20261122, rows: 4000, columns: 256), 256);

    [InteropTheory]
    [MemberData(nameof(BlockFormats))]
    public void Rows_of_denormal_numbers_are_written_as_ggml_writes_them(ElementType type) =>
        AssertSameBytes(type, BlockRows.Denormal(seed: 7, rows: 400, columns: 256), 256);

    [InteropTheory]
    [MemberData(nameof(BlockFormats))]
    public void Random_blocks_are_read_as_ggml_reads_them(ElementType type)
    {
        const int Count = 256 * 4000;
        var bytes = new byte[type.RowBytes(Count)];
        new Random(11).NextBytes(bytes);
        var expected = GgmlBase.Dequantize(Ggml(type), bytes, Count);
        var actual = new float[Count];
        WeightCodec.Dequantize(type, bytes, actual);
        var differing = 0;
        for (var i = 0; i < Count; i++)
        {
            // Random scales are at times NaN, whose sign and payload no reader depends on.
            if (float.IsNaN(expected[i]) ? !float.IsNaN(actual[i]) : BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i])) differing++;
        }

        Assert.Equal(0, differing);
    }

    private static void AssertSameBytes(ElementType type, float[] values, int columns)
    {
        var expected = GgmlBase.Quantize(Ggml(type), values, columns);
        var actual = new byte[expected.Length];
        WeightCodec.Quantize(type, values, actual);
        var size = type.BlockBytes();
        var differing = new List<int>();
        for (var i = 0; i < expected.Length; i += size)
        {
            if (!expected.AsSpan(i, size).SequenceEqual(actual.AsSpan(i, size))) differing.Add(i / size);
        }

        if (differing.Count == 0) return;
        var first = differing[0];
        var numbers = values.AsSpan(first * type.BlockLength(), Math.Min(32, type.BlockLength())).ToArray();
        Assert.Fail($"{differing.Count} of {expected.Length / size} {type} blocks differ, the first at {first} (row {first * type.BlockLength() / columns}):\n"
            + $"ggml {Convert.ToHexString(expected, first * size, size)}\nPare {Convert.ToHexString(actual, first * size, size)}\nof {string.Join(' ', numbers)} …\n"
            + $"rows: {string.Join(' ', differing.Select(block => block * type.BlockLength() / columns).Distinct().Take(40))}");
    }

    private static GgmlType Ggml(ElementType type) => Enum.Parse<GgmlType>(type.ToString());
}
