using Pare.Reports;

namespace Pare.Tests.Reports;

public sealed class QuantityTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1.00 kB")]
    [InlineData(1_044_992, "1.04 MB")]
    [InlineData(98_765_432, "98.8 MB")]
    [InlineData(269_000_000, "269 MB")]
    [InlineData(999_600_000, "1.00 GB")]
    [InlineData(-1500, "−1.50 kB")]
    public void Bytes_are_written_in_decimal_units(double bytes, string expected) => Assert.Equal(expected, Quantity.Bytes(bytes));

    [Theory]
    [InlineData(20.71349, "20.713")]
    [InlineData(302956.0, "302\u2009956")]
    [InlineData(0.000123456, "0.00012346")]
    [InlineData(1.2e-9, "1.2e-9")]
    [InlineData(-2.5, "−2.5")]
    [InlineData(double.NaN, "not a number")]
    [InlineData(0, "0")]
    public void Numbers_have_five_significant_digits(double value, string expected) => Assert.Equal(expected, Quantity.Number(value));

    [Theory]
    [InlineData(0.0123, "12.3 ms")]
    [InlineData(3.44, "3.4 s")]
    [InlineData(59.97, "1 min 00 s")]
    [InlineData(3599.4, "59 min 59 s")]
    [InlineData(3900, "1 h 05 min")]
    [InlineData(double.PositiveInfinity, "unknown")]
    public void Times_are_written_as_people_say_them(double seconds, string expected) => Assert.Equal(expected, Quantity.Seconds(seconds));

    [Fact]
    public void Shares_are_percentages() => Assert.Equal("45.67 %", Quantity.Percent(0.45671));
}
