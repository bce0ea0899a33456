using System.Buffers.Binary;
using Pare.Formats;
using Pare.Formats.Tables;
using Pare.Numerics;

namespace Pare.Tests.Formats;

public sealed class TableFormatTests
{
    [Theory]
    [InlineData("lut4", 4, 0)]
    [InlineData("lut3", 3, 0)]
    [InlineData("lut3+0.45%", 3, 45)]
    [InlineData("lut4+10%", 4, 1000)]
    [InlineData("lut4+0.5%", 4, 50)]
    public void Names_are_read_and_written(string name, int bits, int share)
    {
        var type = ElementTypes.Parse(name.ToUpperInvariant());
        Assert.Equal(name, type.Label());
        Assert.Equal(new TableFormat(bits, share), TableFormat.Of(type));
        Assert.True(type.IsBlockFormat() && type.IsWeightType() && type.IsBelow8Bits() && WeightCodec.CanWrite(type));
        Assert.False(Pare.Formats.Sparse.SparseFormat.IsSparse(type));
    }

    [Theory]
    [InlineData("lut2")]
    [InlineData("lut5")]
    [InlineData("lut4+0%")]
    [InlineData("lut4+0.005%")]
    [InlineData("lut4+11%")]
    [InlineData("lut4+-1%")]
    [InlineData("lut4+0.45")]
    public void Other_names_are_none(string name) => Assert.False(ElementTypes.TryParse(name, out _));

    // Table + indices + places and values: by hand.
    [Theory]
    [InlineData("lut3", 576, 16 + 216)]
    [InlineData("lut4", 576, 32 + 288)]
    [InlineData("lut3+0.45%", 576, 16 + 216 + 3 * 4)]
    [InlineData("lut4+0.45%", 172, 32 + 86 + 4)]
    [InlineData("lut3", 9, 16 + 4)]
    public void Rows_have_the_bytes_of_their_table_indices_and_outliers(string name, int columns, int bytes) => Assert.Equal(bytes, ElementTypes.Parse(name).RowBytes(columns));

    [Theory]
    [InlineData("lut3", 172)]
    [InlineData("lut4", 64)]
    [InlineData("lut3+0.45%", 301)]
    [InlineData("lut4+2%", 200)]
    public void A_row_holds_the_nearest_of_its_table_and_its_outliers(string name, int columns)
    {
        var type = ElementTypes.Parse(name);
        var format = TableFormat.Of(type);
        var random = new SeededRandom(3);
        for (var trial = 0; trial < 10; trial++)
        {
            var values = Enumerable.Range(0, columns).Select(_ => (float)(random.NextGaussian() * Math.Exp(random.NextGaussian()))).ToArray();
            var row = new byte[type.RowBytes(columns)];
            WeightCodec.Quantize(type, values, row);
            var decoded = new float[columns];
            WeightCodec.Dequantize(type, row, decoded);
            var table = Enumerable.Range(0, format.Entries).Select(i => (float)BinaryPrimitives.ReadHalfLittleEndian(row.AsSpan(2 * i))).ToArray();
            var beside = Enumerable.Range(0, format.Outliers(columns)).Select(i => (int)BinaryPrimitives.ReadUInt16LittleEndian(row.AsSpan(row.Length - 4 * (format.Outliers(columns) - i)))).ToList();
            for (var c = 0; c < columns; c++)
            {
                var expected = beside.Contains(c) ? (float)(Half)values[c] : table.MinBy(entry => Math.Abs(entry - values[c]));
                Assert.Equal(Math.Abs(expected - values[c]), Math.Abs(decoded[c] - values[c]));
            }

            var part = new float[columns / 2];
            Assert.Null(TableRow.Decode(format, row, columns, 3, part));
            Assert.Equal(decoded.AsSpan(3, part.Length).ToArray(), part);
        }
    }

    [Fact]
    public void Columns_that_count_are_stored_more_exactly()
    {
        var random = new SeededRandom(9);
        var values = Enumerable.Range(0, 256).Select(_ => (float)random.NextGaussian()).ToArray();
        var importance = Enumerable.Range(0, 256).Select(i => i % 8 == 0 ? 1000.0 : 1).ToArray();
        foreach (var format in (TableFormat[])[new(3), new(3, 100)])
        {
            var (plain, weighted) = (Error([]), Error(importance));
            // Against the same numbers of the same columns.
            Assert.True(weighted < 0.5 * plain, $"{format}: {weighted} against {plain}");

            double Error(double[] by)
            {
                var row = new byte[format.RowBytes(256)];
                new TableRowEncoder(format, 256).Encode(values, by, row);
                var decoded = new float[256];
                Assert.Null(TableRow.Decode(format, row, 256, 0, decoded));
                return Enumerable.Range(0, 256).Sum(i => importance[i] * (decoded[i] - (double)values[i]) * (decoded[i] - (double)values[i]));
            }
        }
    }

    [Fact]
    public void Damaged_rows_are_told()
    {
        var format = new TableFormat(4, 500);
        var values = Enumerable.Range(0, 40).Select(i => (float)Math.Sin(i)).ToArray();
        var row = new byte[format.RowBytes(40)];
        new TableRowEncoder(format, 40).Encode(values, row);
        var decoded = new float[40];
        Assert.Null(TableRow.Decode(format, row, 40, 0, decoded));
        Change(bytes => BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(6), Half.NaN), "entry 3 of its table is NaN");
        // Two weights lie beside the table, in the last eight bytes.
        Change(bytes => BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(bytes.Length - 4), 40), "weight 1 beside the table lies in column 40");
        Change(bytes => bytes.AsSpan(bytes.Length - 4, 2).Clear(), "weight 1 beside the table lies in column 0");
        Change(bytes => BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(bytes.Length - 2), Half.PositiveInfinity), "weight 1 beside the table");
        Assert.Throws<ArgumentException>(() => new TableRowEncoder(format, 40).Encode([.. values.Take(39), float.NaN], row));
        Assert.Throws<ArgumentException>(() => new TableRowEncoder(format, 40).Encode([.. values.Take(39), 70000], row));

        void Change(Action<byte[]> change, string problem)
        {
            var damaged = (byte[])row.Clone();
            change(damaged);
            Assert.StartsWith(problem, TableRow.Decode(format, damaged, 40, 0, decoded), StringComparison.Ordinal);
        }
    }
}
