using Pare.Formats.Numbers;

namespace Pare.Tests.Formats.Numbers;

/// <summary>Number formats against the numbers that their specifications list, and rounding against a search over all of them.</summary>
public sealed class NumberGridTests
{
    public static TheoryData<NumberFormat> Formats => [.. Enum.GetValues<NumberFormat>()];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Every_code_is_the_number_of_the_specification(NumberFormat format)
    {
        var grid = NumberGrid.Of(format);
        var codes = Math.Pow(2, Bits(format));
        Assert.Equal(Bits(format), grid.Bits);
        for (var code = 0; code < codes; code++) Assert.Equal(Value(format, code), grid.Decode((byte)code));
        Assert.Equal(Codes(format).Max(entry => entry.Value), grid.Largest);
    }

    [Fact]
    public void Numbers_that_the_specifications_name()
    {
        // OCP 8-bit floating point, table 1; OCP microscaling formats, table 5.
        var fp8 = NumberGrid.Of(NumberFormat.Fp8);
        Assert.Equal(448f, fp8.Decode(0x7E));
        Assert.Equal(MathF.Pow(2, -6), fp8.Decode(0x08));
        Assert.Equal(0.875f * MathF.Pow(2, -6), fp8.Decode(0x07));
        Assert.Equal(MathF.Pow(2, -9), fp8.Decode(0x01));
        Assert.True(float.IsNaN(fp8.Decode(0x7F)));
        Assert.True(float.IsNaN(fp8.Decode(0xFF)));
        Assert.Equal(0x7F, fp8.Encode(float.NaN));
        Assert.Equal([0, 0.5f, 1, 1.5f, 2, 3, 4, 6], Enumerable.Range(0, 8).Select(code => NumberGrid.Of(NumberFormat.Fp4).Decode((byte)code)));
        Assert.Equal([0, -0.5f, -1, -1.5f, -2, -3, -4, -6], Enumerable.Range(8, 8).Select(code => NumberGrid.Of(NumberFormat.Fp4).Decode((byte)code)));
        Assert.Equal(496f, NumberGrid.Of(NumberFormat.UFp8E4M4).Largest);
        Assert.Equal(7516192768f, NumberGrid.Of(NumberFormat.UFp8E6M2).Largest);
    }

    // Between two neighbours the midpoint decides; at it, the one with the even code (the even mantissa).
    [Theory]
    [MemberData(nameof(Formats))]
    public void Rounding_takes_the_nearest_and_the_even_of_two(NumberFormat format)
    {
        var grid = NumberGrid.Of(format);
        var ordered = Codes(format).Where(entry => entry.Code == 0 || entry.Value != 0).OrderBy(entry => entry.Value).ToArray();
        foreach (var (code, value) in ordered) Assert.Equal(code, grid.Encode((float)value));
        for (var i = 0; i + 1 < ordered.Length; i++)
        {
            var (below, above) = (ordered[i], ordered[i + 1]);
            var midpoint = (float)((below.Value + above.Value) / 2);
            Assert.Equal((below.Value + above.Value) / 2, midpoint);
            Assert.Equal(below.Value, grid.Round(MathF.BitDecrement(midpoint)));
            Assert.Equal(above.Value, grid.Round(MathF.BitIncrement(midpoint)));
            Assert.Equal(below.Code % 2 == 0 ? below.Value : above.Value, grid.Round(midpoint));
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void What_is_too_large_becomes_the_largest(NumberFormat format)
    {
        var grid = NumberGrid.Of(format);
        foreach (var large in new[] { MathF.BitIncrement(grid.Largest), grid.Largest * 2, 1e30f, float.MaxValue, float.PositiveInfinity })
        {
            Assert.Equal(grid.Largest, grid.Round(large));
            Assert.Equal(grid.IsSigned ? -grid.Largest : 0, grid.Round(-large));
        }

        foreach (var small in new[] { float.Epsilon, 1e-40f, 1e-20f }) Assert.Equal(0, grid.Round(small));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Names_are_read_back(NumberFormat format)
    {
        Assert.True(NumberFormats.TryParse(format.Name().ToUpperInvariant(), out var read));
        Assert.Equal(format, read);
        Assert.False(NumberFormats.TryParse("fp5", out _));
    }

    private static int Bits(NumberFormat format) => format switch
    {
        NumberFormat.Int4 or NumberFormat.Fp4 => 4,
        NumberFormat.Int3 => 3,
        NumberFormat.Int2 => 2,
        _ => 8,
    };

    // What rounding may give: E4M3 has a code that is no number, and signed whole numbers leave the lowest out.
    private static IEnumerable<(int Code, double Value)> Codes(NumberFormat format) =>
        from code in Enumerable.Range(0, 1 << Bits(format))
        let value = Value(format, code)
        where !double.IsNaN(value) && !(format <= NumberFormat.Int2 && code == 1 << Bits(format) - 1)
        select (code, value);

    private static double Value(NumberFormat format, int code) => format switch
    {
        NumberFormat.Int8 or NumberFormat.Int4 or NumberFormat.Int3 or NumberFormat.Int2 => code < 1 << Bits(format) - 1 ? code : code - (1 << Bits(format)),
        NumberFormat.UInt8 => code,
        NumberFormat.Fp8 when (code & 127) == 127 => double.NaN,
        NumberFormat.Fp8 => (code < 128 ? 1 : -1) * Float(code & 127, 3, 7),
        NumberFormat.Fp4 => (code < 8 ? 1 : -1) * Float(code & 7, 1, 1),
        NumberFormat.UFp8E4M4 => Float(code, 4, 7),
        _ => Float(code, 2, 31),
    };

    private static double Float(int code, int mantissaBits, int bias)
    {
        var one = 1 << mantissaBits;
        var (exponent, fraction) = (code / one, code % one / (double)one);
        return exponent == 0 ? fraction * Math.Pow(2, 1 - bias) : (1 + fraction) * Math.Pow(2, exponent - bias);
    }
}
