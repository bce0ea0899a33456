namespace Pare.Formats.Blocks;

/// <summary>Which scales <see cref="MinimumScaleSearch"/> tries: those that put the range of a group at <c>First + Step · i + Highest</c> levels, for i of 0 to <see cref="Steps"/>.</summary>
/// <param name="Highest">Highest level.</param>
/// <param name="First">Offset of the first trial.</param>
/// <param name="Step">Distance of trials.</param>
/// <param name="Steps">Index of the last trial.</param>
/// <param name="Absolute">Whether the error is the sum of |x| times the magnitudes of the differences; else of |x| plus the group's root mean square, times their squares.</param>
internal readonly record struct MinimumGrid(int Highest, float First, float Step, int Steps, bool Absolute)
{
    /// <summary>2-bit levels.</summary>
    public static MinimumGrid Q2_K => new(3, -0.5f, 0.1f, 15, true);

    /// <summary>4-bit levels.</summary>
    public static MinimumGrid Q4_K => new(15, -1f, 0.1f, 20, false);

    /// <summary>5-bit levels.</summary>
    public static MinimumGrid Q5_K => new(31, -0.5f, 0.1f, 15, false);
}
