using System.Globalization;

namespace Pare.Reports.Plots;

/// <summary>Maps values to coordinates and chooses round numbers to mark.</summary>
internal sealed class AxisScale
{
    private readonly bool _logarithmic;
    private readonly double _low, _high, _from, _to;

    private AxisScale(bool logarithmic, double low, double high, double from, double to, (double, string)[] ticks)
    {
        (_logarithmic, _low, _high, _from, _to) = (logarithmic, low, high, from, to);
        Ticks = ticks;
    }

    /// <summary>Values to mark and their texts, ascending.</summary>
    public (double Value, string Text)[] Ticks { get; }

    /// <summary>Width of the widest tick text.</summary>
    public double TextWidth => Ticks.Length == 0 ? 0 : Ticks.Max(tick => TextMetrics.Width(tick.Text));

    /// <summary>A scale over values, its ends moved out to marks unless the axis fixes them.</summary>
    /// <param name="axis">What the axis asks for.</param>
    /// <param name="values">The data.</param>
    /// <param name="from">Coordinate of the low end.</param>
    /// <param name="to">Coordinate of the high end.</param>
    /// <param name="marks">About how many marks there should be.</param>
    public static AxisScale Over(PlotAxis axis, IEnumerable<double> values, double from, double to, int marks)
    {
        var low = double.PositiveInfinity;
        var high = double.NegativeInfinity;
        foreach (var value in values)
        {
            if (!double.IsFinite(value) || (axis.Logarithmic && value <= 0)) continue;
            low = Math.Min(low, value);
            high = Math.Max(high, value);
        }

        if (low > high) (low, high) = axis.Logarithmic ? (1, 10) : (0, 1);
        if (axis.FromZero && !axis.Logarithmic) (low, high) = (Math.Min(low, 0), Math.Max(high, 0));
        (low, high) = (axis.Minimum ?? low, axis.Maximum ?? high);
        return axis.Logarithmic ? Logarithmic(axis, low, high, from, to, marks) : Linear(axis, low, high, from, to, marks);
    }

    /// <summary>Whether a value can be drawn: finite, and positive on a logarithmic axis.</summary>
    public bool Holds(double value) => double.IsFinite(value) && (!_logarithmic || value > 0);

    /// <summary>Coordinate of a value; values beyond the ends are moved to them.</summary>
    public double Map(double value)
    {
        var position = _logarithmic ? Math.Log10(value) : value;
        return _from + Math.Clamp((position - _low) / (_high - _low), 0, 1) * (_to - _from);
    }

    private static AxisScale Linear(PlotAxis axis, double low, double high, double from, double to, int marks)
    {
        if (high - low <= Math.Abs(high) * 1e-9)
        {
            var margin = low == 0 ? 1 : Math.Abs(low) * 0.1;
            if (axis.Minimum is null && !(axis.FromZero && low == 0)) low -= margin;
            if (axis.Maximum is null || high <= low) high += margin;
        }

        var rough = (high - low) / Math.Max(1, marks);
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * ((rough / power) switch { <= 1.0001 => 1, <= 2.0001 => 2, <= 5.0001 => 5, _ => 10 });
        if (axis.WholeNumbers) step = Math.Max(1, Math.Round(step));
        if (axis.Minimum is null && !axis.WholeNumbers) low = Math.Floor(low / step + 1e-9) * step;
        if (axis.Maximum is null && !axis.WholeNumbers) high = Math.Ceiling(high / step - 1e-9) * step;

        var ticks = new List<(double, string)>();
        var decimals = Math.Clamp((int)Math.Ceiling(-Math.Log10(step) - 1e-9), 0, 15);
        for (var i = Math.Ceiling(low / step - 1e-9); i * step <= high + step * 1e-6 && ticks.Count < 100; i++)
        {
            var value = i * step + 0.0;   // −0 + 0 is 0
            ticks.Add((value, Math.Abs(value) >= 1e6 || step >= 1e5 ? Quantity.Short(value) : Quantity.Fixed(value, decimals).TrimEnd('.')));
        }

        return new AxisScale(false, low, high, from, to, [.. ticks]);
    }

    private static AxisScale Logarithmic(PlotAxis axis, double low, double high, double from, double to, int marks)
    {
        var (lowPower, highPower) = (Math.Log10(low), Math.Log10(high));
        if (highPower - lowPower < 1e-6) (lowPower, highPower) = (lowPower - 0.5, highPower + 0.5);
        // Ends move out to the nearest 1, 2 or 5 of a decade, so that little of the plot stays empty.
        if (axis.Minimum is null) lowPower = RoundDown(lowPower);
        if (axis.Maximum is null) highPower = -RoundDown(-highPower, ascending: false);
        var decades = highPower - lowPower;
        int[] digits = decades <= 1.7 ? [1, 2, 5] : decades <= 3.4 ? [1, 3] : [1];
        var every = Math.Max(1, (int)Math.Ceiling(decades / Math.Max(1, marks)));

        var ticks = new List<(double, string)>();
        for (var power = (int)Math.Floor(lowPower); power <= highPower + 1e-9 && ticks.Count < 100; power++)
        {
            if (power % every != 0) continue;
            foreach (var digit in digits)
            {
                var position = power + Math.Log10(digit);
                if (position >= lowPower - 1e-9 && position <= highPower + 1e-9) ticks.Add((Math.Pow(10, position), PowerText(digit, power)));
            }
        }

        return new AxisScale(true, lowPower, highPower, from, to, [.. ticks]);
    }

    private static double RoundDown(double power, bool ascending = true)
    {
        double[] steps = ascending ? [Math.Log10(5), Math.Log10(2), 0] : [-Math.Log10(0.2), -Math.Log10(0.5), 0];   // negated, the upper end rounds down too
        var whole = Math.Floor(power + 1e-9);
        return whole + steps.First(step => power - whole + 1e-9 >= step);
    }

    private static string PowerText(int digit, int power)
    {
        if (power is >= -4 and <= 4) return Quantity.Number(digit * Math.Pow(10, power), 3);
        var exponent = string.Concat(power.ToString(CultureInfo.InvariantCulture).Select(character => character == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[character - '0']));
        return (digit == 1 ? "" : digit.ToString(CultureInfo.InvariantCulture) + "·") + "10" + exponent;
    }
}
