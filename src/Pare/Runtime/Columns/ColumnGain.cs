using Pare.Formats;

namespace Pare.Runtime;

/// <summary>Whether leaving columns out of a product is faster than reading all of them.</summary>
/// <remarks>
/// What choosing a column costs has to be earned by its rows, so few rows need more zeros; so do weights that come from the processor's caches, where bytes are cheap, and 4-bit weights, which have fewer of them.
/// The shares are the least ones from which on no measurement was slower (bench/results/columns-amd-epyc-zen4.md).
/// </remarks>
internal static class ColumnGain
{
    /// <summary>Up to so many bytes, the weights that a token reads are taken to lie in the caches.</summary>
    public const long CachedBytes = 32 << 20;

    private const int ManyRows = 1024;
    private const int SomeRows = 512;

    /// <summary>The share of zeros from which on columns pay, or null where they never do.</summary>
    /// <param name="type">Format of the weights.</param>
    /// <param name="rows">Rows of the matrix.</param>
    /// <param name="isCached">Whether the model's weights lie in the caches.</param>
    public static double? LeastZeros(ElementType type, int rows, bool isCached) => (type, rows, isCached) switch
    {
        (ElementType.F16 or ElementType.BF16, >= ManyRows, false) => 0.6,
        (ElementType.F16 or ElementType.BF16, >= ManyRows, true) => 0.85,
        (ElementType.F16 or ElementType.BF16, _, false) => 0.7,
        (ElementType.Q8_0, >= ManyRows, false) => 0.3,
        (ElementType.Q8_0, >= ManyRows, true) => 0.55,
        (ElementType.Q8_0, >= SomeRows, false) => 0.6,
        (ElementType.Q8_0, _, false) => 0.8,
        (ElementType.Q4_0, >= ManyRows, false) => 0.5,
        (ElementType.Q4_0, >= ManyRows, true) => 0.8,
        _ => null,
    };
}
