namespace Pare.Formats.Numbers;

/// <summary>Names of the <see cref="NumberFormat"/>s.</summary>
public static class NumberFormats
{
    /// <summary>The name in commands and recipes: lower case, as <c>int8</c> or <c>fp4</c>.</summary>
    /// <param name="format">The format.</param>
    /// <returns>The name.</returns>
    public static string Name(this NumberFormat format) => format.ToString().ToLowerInvariant();

    /// <summary>Reads a name in either case.</summary>
    /// <param name="name">A name such as <c>fp4</c>.</param>
    /// <param name="format">The format, where the name is known.</param>
    /// <returns>Whether it is.</returns>
    public static bool TryParse(string name, out NumberFormat format)
    {
        foreach (var candidate in Enum.GetValues<NumberFormat>())
        {
            format = candidate;
            if (string.Equals(candidate.ToString(), name, StringComparison.OrdinalIgnoreCase)) return true;
        }

        format = default;
        return false;
    }
}
