namespace Pare.Reports.Plots;

/// <summary>Estimates of text sizes: the page is laid out before any browser has seen its fonts.</summary>
internal static class TextMetrics
{
    /// <summary>Distance between lines of labels.</summary>
    public const double LineHeight = 18;

    /// <summary>Width of a text of 12 pixels in a common sans-serif face, rather too wide than too narrow.</summary>
    public static double Width(string text)
    {
        double width = 0;
        foreach (var character in text)
        {
            width += character switch
            {
                'i' or 'l' or 'j' or '.' or ',' or ':' or '\'' or '|' or '\u2009' => 3.4,
                ' ' or 't' or 'f' or 'r' or '-' or '(' or ')' => 4.8,
                'm' or 'w' or 'M' or 'W' or '%' => 10.4,
                >= 'A' and <= 'Z' => 8.4,
                _ => 7,
            };
        }

        return width;
    }
}
