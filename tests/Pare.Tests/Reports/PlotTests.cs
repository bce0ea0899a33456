using System.Globalization;
using System.Xml.Linq;
using Pare.Reports.Plots;

namespace Pare.Tests.Reports;

public sealed class PlotTests
{
    [Theory]
    [InlineData(0.0, 1.0, "0.0|0.2|0.4|0.6|0.8|1.0")]
    [InlineData(18.3, 42.0, "15|20|25|30|35|40|45")]
    [InlineData(-3.0, 3.0, "−4|−2|0|2|4")]
    [InlineData(0.0, 2500.0, "0|500|1\u2009000|1\u2009500|2\u2009000|2\u2009500")]
    [InlineData(0.0, 4e9, "0 |1.00 G|2.00 G|3.00 G|4.00 G")]
    public void Linear_axes_mark_round_numbers_that_enclose_the_data(double low, double high, string expected)
    {
        var scale = AxisScale.Over(new PlotAxis("y"), [low, high], 0, 100, 5);
        Assert.Equal(expected.Split('|').Select(text => text.Trim()), scale.Ticks.Select(tick => tick.Text.Trim()));
        Assert.True(scale.Ticks[0].Value <= low && scale.Ticks[^1].Value >= high);
    }

    [Theory]
    [InlineData(0.02, 0.7, "0.02|0.05|0.1|0.2|0.5|1", 40)]
    [InlineData(0.02, 3.0, "0.03|0.1|0.3|1|3", 40)]
    [InlineData(1e-6, 1.0, "10⁻⁶|10⁻⁵|0.0001|0.001|0.01|0.1|1", 40)]
    public void Logarithmic_axes_mark_decades_and_their_parts(double low, double high, string expected, int marks)
    {
        var scale = AxisScale.Over(new PlotAxis("y") { Logarithmic = true }, [low, high, 0, -1], 0, 100, marks);
        Assert.Equal(expected.Split('|'), scale.Ticks.Select(tick => tick.Text));
        Assert.InRange(scale.Map(low), 0, 100);
    }

    [Fact]
    public void Equal_ratios_are_equal_distances_on_a_logarithmic_axis()
    {
        var scale = AxisScale.Over(new PlotAxis("y") { Logarithmic = true, Minimum = 1, Maximum = 1000 }, [], 0, 300, 5);
        Assert.Equal(100, scale.Map(10), 1e-9);
        Assert.Equal(200, scale.Map(100), 1e-9);
        Assert.False(scale.Holds(0));
    }

    [Theory]
    [InlineData(new double[0])]
    [InlineData(new[] { 0.0 })]
    [InlineData(new[] { 7.0, 7.0 })]
    [InlineData(new[] { -7.0 })]
    [InlineData(new[] { 1e300, -1e300 })]
    [InlineData(new[] { 1e-300 })]
    [InlineData(new[] { double.NaN, double.PositiveInfinity })]
    public void Awkward_data_still_gives_an_axis(double[] data)
    {
        foreach (var axis in new[] { new PlotAxis("x"), new PlotAxis("x") { FromZero = true }, new PlotAxis("x") { Logarithmic = true }, new PlotAxis("x") { WholeNumbers = true } })
        {
            var scale = AxisScale.Over(axis, data, 10, 90, 5);
            Assert.InRange(scale.Ticks.Length, 0, 100);
            foreach (var value in data.Where(scale.Holds)) Assert.InRange(scale.Map(value), 10, 90);
        }
    }

    [Fact]
    public void A_histogram_counts_every_value_once()
    {
        var values = Enumerable.Range(0, 1000).Select(i => i / 1000.0).Append(double.NaN).ToArray();
        var series = PlotSeries.Histogram("x", values, 10);
        Assert.Equal(Enumerable.Repeat(100.0, 10), series.Y);
        Assert.Equal(0.0, series.X[0], 1e-12);
        Assert.Equal(0.999, series.X[^1], 1e-12);

        var logarithmic = PlotSeries.Histogram("x", [0.001, 0.01, 0.1, 1, 0, -1], 3, logarithmic: true);
        Assert.Equal([1.0, 1.0, 2.0], logarithmic.Y);
        Assert.Equal([0.001, 0.01, 0.1, 1], logarithmic.X.Select(edge => Math.Round(edge, 9)));
        Assert.Empty(PlotSeries.Histogram("x", [double.NaN], 3).Y);
        Assert.Equal(5, PlotSeries.Histogram("x", [2, 2, 2, 2, 2], 4).Y.Sum());
    }

    [Fact]
    public void Bars_are_as_long_as_their_values()
    {
        var plot = new BarPlot("t", "d", new PlotAxis("x"), "a").Add("one", [new Bar(25)]).Add("two", [new Bar(100)]);
        var widths = Shapes(plot, "rect").Select(bar => Value(bar, "width")).ToArray();
        Assert.Equal(4, widths[1] / widths[0], 0.01);
    }

    [Fact]
    public void Stacked_bars_follow_each_other()
    {
        var plot = new BarPlot("t", "d", new PlotAxis("x"), "a", "b") { Stacked = true }.Add("one", [new Bar(30), new Bar(70)]);
        var bars = Shapes(plot, "rect").Where(bar => Value(bar, "height") > 12).ToArray();
        Assert.Equal(2, bars.Length);
        Assert.Equal(Value(bars[0], "x") + Value(bars[0], "width"), Value(bars[1], "x"), 0.02);
        Assert.Equal(70.0 / 30, Value(bars[1], "width") / Value(bars[0], "width"), 0.01);
    }

    [Fact]
    public void A_line_is_interrupted_where_a_value_is_missing()
    {
        var plot = new XyPlot("t", "d", new PlotAxis("x"), new PlotAxis("y")).Add(new PlotSeries("a", [0, 1, 2, 3, 4], [1, 2, double.NaN, 4, 5]));
        var path = Shapes(plot, "path").Single().Attribute("d")!.Value;
        Assert.Equal(2, path.Count(character => character == 'M'));
        Assert.Equal(2, path.Count(character => character == 'L'));
    }

    [Fact]
    public void Only_several_series_need_a_legend()
    {
        var one = new XyPlot("t", "d", new PlotAxis("x"), new PlotAxis("y")).Add(new PlotSeries("alone", [0, 1], [1, 2]));
        Assert.DoesNotContain("alone", one.Render("p"), StringComparison.Ordinal);
        one.Add(new PlotSeries("another", [0, 1], [1, 2]));
        Assert.Contains("alone", one.Render("p"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_series_must_have_a_position_for_every_value()
    {
        Assert.Throws<ArgumentException>(() => new PlotSeries("a", [1], [1, 2]));
        Assert.Throws<ArgumentException>(() => new PlotSeries("a", [1, 2], [1, 2], PlotMarks.Bars));
    }

    private static IEnumerable<XElement> Shapes(Plot plot, string name) => XElement.Parse(plot.Render("p")).Descendants(name);

    private static double Value(XElement element, string attribute) => double.Parse(element.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);
}
