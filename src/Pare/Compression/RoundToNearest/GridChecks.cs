using Pare.Formats;

namespace Pare.Compression;

/// <summary>Options of a step that rounds either into a stored format or onto the min-max grid of each group.</summary>
internal static class GridChecks
{
    /// <summary>Whether they go together.</summary>
    /// <exception cref="RecipeException">They do not, or one is out of range.</exception>
    public static void Check(Func<string, string, RecipeException> problem, ElementType? format, int? bits, int group, ElementType storedAs)
    {
        if (format is null == bits is null) throw problem("format", "give either format (that is stored) or bits (a grid whose quality is studied)");
        if (bits is < 2 or > 8) throw problem("bits", $"expected 2 to 8 bits, found {bits}");
        if (group < 0) throw problem("group", $"expected a number of inputs, or 0 for a whole row, found {group}");
        if (storedAs is not (ElementType.F32 or ElementType.F16 or ElementType.BF16)) throw problem("storedAs", "values of a grid are stored as f32, f16 or bf16");
    }
}
