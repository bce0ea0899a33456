using Pare.Formats;
using Pare.Formats.Numbers;
using Pare.Formats.Sparse;

namespace Pare.Tests.Formats.Sparse;

/// <summary>Sparse formats: names, sizes, what is kept, and rows written and read, against definitions computed here.</summary>
public sealed class SparseFormatTests
{
    public static TheoryData<string> Names => ["2:4-int8", "2:4-int4", "2:4-fp8", "8:8-fp4", "1:2-int2", "3:8-int3", "4:8-int8", "6:8-fp4+1:8-int8", "4:8-fp4+2:8-int8", "2:4-fp4+1:4-fp8", "3:5-int4", "5:7-int8+1:7-int8", "1:16-int8", "13:16-fp4+2:16-int8"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Names_and_types_are_read_back(string name)
    {
        Assert.True(ElementTypes.TryParse(name.ToUpperInvariant(), out var type));
        Assert.Equal(name, type.Name());
        Assert.Equal(name, SparseFormat.Of(type).ToString());
        Assert.True(type.IsWeightType() && type.IsBlockFormat() && WeightCodec.CanWrite(type));
    }

    [Theory]
    [InlineData("2:4")]
    [InlineData("5:4-int8")]
    [InlineData("0:4-int8")]
    [InlineData("2:17-int8")]
    [InlineData("1:1-int8")]
    [InlineData("2:4-uint8")]
    [InlineData("2:4-fp5")]
    [InlineData("6:8-fp4+1:4-int8")]
    [InlineData("7:8-fp4+2:8-int8")]
    [InlineData("6:8-fp4+1:8-int8+1:8-int8")]
    [InlineData("-2:4-int8")]
    public void Names_of_no_format_are_refused(string name) => Assert.False(ElementTypes.TryParse(name, out _));

    // Bits by the arithmetic of the format's description, for rows of 576: 36 scales of a byte and 4 bytes of γ to a part.
    [Theory]
    [InlineData("2:4-int8", 40 + 144 * (4 + 16) / 8)]
    [InlineData("2:4-int4", 40 + 144 * (4 + 8) / 8)]
    [InlineData("8:8-fp4", 40 + 576 / 2)]
    [InlineData("6:8-fp4+1:8-int8", 40 + 72 * (8 + 24) / 8 + 40 + 72 * (3 + 8) / 8)]
    [InlineData("4:8-fp4+2:8-int8", 40 + 72 * (8 + 16) / 8 + 40 + 72 * (6 + 16) / 8)]
    public void Bytes_of_a_row_count_scales_and_positions(string name, long bytes) => Assert.Equal(bytes, ElementTypes.Parse(name).RowBytes(576));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_row_keeps_the_largest_of_every_block_and_rounds_the_parts_apart(string name)
    {
        var type = ElementTypes.Parse(name);
        var format = SparseFormat.Of(type);
        var random = new Random(3);
        foreach (var columns in new[] { format.Block, format.Block * 7, format.Block * 48 })
        {
            var values = new float[columns];
            foreach (ref var value in values.AsSpan()) value = random.Next(5) == 0 ? 0 : (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-2, 2)));
            var bytes = new byte[type.RowBytes(columns)];
            random.NextBytes(bytes);
            WeightCodec.Quantize(type, values, bytes);
            var decoded = new float[columns];
            WeightCodec.Dequantize(type, bytes, decoded);
            var (inliers, outliers) = Split(format, values);
            VsQuant.Round(inliers, NumberGrid.Of(format.Inliers.Numbers), NumberGrid.Of(NumberFormat.UInt8), fit: true);
            if (format.Outliers is { } part) VsQuant.Round(outliers, NumberGrid.Of(part.Numbers), NumberGrid.Of(NumberFormat.UInt8), fit: true);
            for (var i = 0; i < columns; i++) Assert.Equal(inliers[i] + outliers[i], decoded[i]);

            // Any piece is the same as in the whole.
            for (var first = 0; first < columns; first += 5)
            {
                var piece = new float[Math.Min(11, columns - first)];
                Assert.Null(SparseRow.Decode(format, bytes, columns, first, piece));
                Assert.Equal(decoded[first..(first + piece.Length)], piece);
            }

            // The bytes are a function of what they hold: the same marks and numbers give them again.
            var again = new byte[bytes.Length];
            var marks = new byte[columns];
            for (var i = 0; i < columns; i++) marks[i] = Mark(format, values, i);
            new SparseRowEncoder(format, columns).Encode(values, marks, again);
            Assert.Equal(bytes, again);
        }
    }

    [Fact]
    public void Marks_of_other_counts_are_refused()
    {
        var format = SparseFormat.Of(ElementTypes.Parse("2:4-int8"));
        var row = new byte[format.RowBytes(8)];
        Assert.Contains("column 4", Assert.Throws<ArgumentException>(() => new SparseRowEncoder(format, 8).Encode(new float[8], [1, 1, 0, 0, 1, 1, 1, 0], row)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ElementTypes.Parse("6:8-fp4").RowBytes(172));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Damaged_rows_never_decode_beyond_their_block_and_bad_positions_are_named(string name)
    {
        var type = ElementTypes.Parse(name);
        var format = SparseFormat.Of(type);
        var columns = format.Block * 6;
        var random = new Random(4);
        var good = new byte[type.RowBytes(columns)];
        WeightCodec.Quantize(type, Enumerable.Range(0, columns).Select(i => (float)(i * 7 % 11 - 5)).ToArray(), good);
        var refused = 0;
        for (var trial = 0; trial < 2000; trial++)
        {
            var bytes = good.ToArray();
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            var decoded = new float[columns];
            if (SparseRow.Decode(format, bytes, columns, 0, decoded) is { } problem)
            {
                Assert.True(problem.Contains("ascending", StringComparison.Ordinal) || problem.Contains("finite", StringComparison.Ordinal), problem);
                refused++;
                continue;
            }

            for (var first = 0; first < columns; first += format.Block) Assert.InRange(decoded.Skip(first).Take(format.Block).Count(value => value != 0), 0, format.Kept);
        }

        Assert.True(refused > 0 || format.Kept == format.Block || format.Kept == 1, $"{refused} of 2000 refused");
    }

    private static (float[] Inliers, float[] Outliers) Split(SparseFormat format, float[] values)
    {
        var (inliers, outliers) = (new float[values.Length], new float[values.Length]);
        for (var i = 0; i < values.Length; i++)
        {
            var mark = Mark(format, values, i);
            if (mark == SparseSplit.Outlier) outliers[i] = values[i];
            else if (mark == SparseSplit.Inlier) inliers[i] = values[i];
        }

        return (inliers, outliers);
    }

    // By sorting: the largest first, of equals the one further left.
    private static byte Mark(SparseFormat format, float[] values, int i)
    {
        var first = i / format.Block * format.Block;
        var order = Enumerable.Range(first, format.Block).OrderByDescending(j => Math.Abs(values[j])).ThenBy(j => j).ToList();
        var rank = order.IndexOf(i);
        var outliers = format.Outliers?.Kept ?? 0;
        return rank < outliers ? (byte)2 : rank < outliers + format.Inliers.Kept ? (byte)1 : (byte)0;
    }
}
