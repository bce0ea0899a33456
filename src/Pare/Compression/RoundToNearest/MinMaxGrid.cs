using System.Numerics.Tensors;
using Pare.Formats;

namespace Pare.Compression;

/// <summary>2^bits evenly spaced values from a group's minimum to its maximum, zero among them.</summary>
/// <param name="Scale">Distance of two values.</param>
/// <param name="Zero">Level that stands for zero.</param>
/// <param name="Most">The highest level, 2^bits − 1.</param>
internal readonly record struct MinMaxGrid(float Scale, float Zero, float Most)
{
    /// <summary>The grid of a group.</summary>
    public static MinMaxGrid Of(ReadOnlySpan<float> group, int bits)
    {
        var most = (1 << bits) - 1;
        var least = Math.Min(0, TensorPrimitives.Min(group));
        var largest = Math.Max(0, TensorPrimitives.Max(group));
        if (least == 0 && largest == 0) (least, largest) = (-1, 1);
        var scale = (largest - least) / most;
        return new MinMaxGrid(scale, MathF.Round(-least / scale), most);
    }

    /// <summary>Checks the options of a step that rounds either into a format or onto such a grid.</summary>
    /// <exception cref="RecipeException">They do not go together, or are out of range.</exception>
    public static void Check(Func<string, string, RecipeException> problem, ElementType? format, int? bits, int group, ElementType storedAs)
    {
        if (format is null == bits is null) throw problem("format", "give either format (that is stored) or bits (a grid whose quality is studied)");
        if (bits is < 2 or > 8) throw problem("bits", $"expected 2 to 8 bits, found {bits}");
        if (group < 0) throw problem("group", $"expected a number of inputs, or 0 for a whole row, found {group}");
        if (storedAs is not (ElementType.F32 or ElementType.F16 or ElementType.BF16)) throw problem("storedAs", "values of a grid are stored as f32, f16 or bf16");
    }

    /// <summary>The value of the grid nearest to x.</summary>
    public float Nearest(float x) => Scale * (Math.Clamp(MathF.Round(x / Scale) + Zero, 0, Most) - Zero);
}
