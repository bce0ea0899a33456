using System.Globalization;

namespace Pare.Compression;

/// <summary>Patterns as recipes write them: N:M.</summary>
internal static class PatternText
{
    /// <summary>Reads the two whole numbers; whether they make sense is the caller's business.</summary>
    /// <param name="text">Such as 2:4.</param>
    /// <param name="kept">N.</param>
    /// <param name="block">M.</param>
    /// <returns>Whether the text is two whole numbers with a colon between.</returns>
    public static bool TryParse(string text, out int kept, out int block)
    {
        (kept, block) = (0, 0);
        return text.Split(':') is [var n, var m]
            && int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out kept)
            && int.TryParse(m, NumberStyles.None, CultureInfo.InvariantCulture, out block);
    }
}
