using System.Globalization;

namespace Pare.Reports;

/// <summary>Numbers as people read them: three to five significant digits, decimal units, thin spaces between thousands.</summary>
internal static class Quantity
{
    /// <summary>Bytes in decimal units: "269 MB", "1.04 MB", "512 B".</summary>
    public static string Bytes(double bytes) => Scaled(bytes, ["B", "kB", "MB", "GB", "TB", "PB"]);

    /// <summary>A count in short form: "134.5 M", "260 k".</summary>
    public static string Short(double count) => Scaled(count, ["", "k", "M", "G", "T"]).TrimEnd();

    /// <summary>An integer with thin spaces between thousands: "1 290 590".</summary>
    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', '\u2009');

    /// <summary>A number with a given number of significant digits, without exponent where that stays readable.</summary>
    public static string Number(double value, int digits = 5)
    {
        if (double.IsNaN(value)) return "not a number";
        if (double.IsInfinity(value)) return value > 0 ? "∞" : "−∞";
        if (value == 0) return "0";
        var magnitude = (int)Math.Floor(Math.Log10(Math.Abs(value)));
        if (magnitude is < -5 or > 14) return Signed(value.ToString("0." + new string('#', digits - 1) + "e0", CultureInfo.InvariantCulture));
        var decimals = Math.Clamp(digits - 1 - magnitude, 0, 15);
        return Signed(Math.Round(value, decimals).ToString("#,0." + new string('#', decimals), CultureInfo.InvariantCulture).Replace(',', '\u2009'));
    }

    /// <summary>A number with a fixed number of decimals.</summary>
    public static string Fixed(double value, int decimals) =>
        double.IsFinite(value) ? Signed(value.ToString("#,0." + new string('0', decimals), CultureInfo.InvariantCulture).Replace(',', '\u2009')) : Number(value);

    /// <summary>A share as a percentage with a fixed number of decimals: 0.4567 is "45.67 %".</summary>
    public static string Percent(double share, int decimals = 2) => Fixed(100 * share, decimals) + " %";

    /// <summary>A time span: "1 h 05 min", "2 min 07 s", "3.4 s", "12 ms".</summary>
    public static string Seconds(double seconds)
    {
        if (!double.IsFinite(seconds) || seconds < 0) return "unknown";
        if (seconds < 1) return Number(seconds * 1000, 3) + " ms";
        if (seconds < 59.95) return seconds.ToString("0.0", CultureInfo.InvariantCulture) + " s";
        var whole = (long)Math.Round(seconds);
        return whole < 3600
            ? string.Create(CultureInfo.InvariantCulture, $"{whole / 60} min {whole % 60:00} s")
            : string.Create(CultureInfo.InvariantCulture, $"{whole / 3600} h {whole % 3600 / 60:00} min");
    }

    private static string Scaled(double value, string[] units)
    {
        var unit = 0;
        // 999.95 would be written as 1000 of the smaller unit.
        while (unit < units.Length - 1 && Math.Abs(value) >= 999.5)
        {
            value /= 1000;
            unit++;
        }

        var format = unit == 0 || Math.Abs(value) >= 99.95 ? "0" : Math.Abs(value) >= 9.995 ? "0.0" : "0.00";
        return Signed(value.ToString(format, CultureInfo.InvariantCulture)) + " " + units[unit];
    }

    private static string Signed(string text) => text.StartsWith('-') ? "−" + text[1..] : text;
}
