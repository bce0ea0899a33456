using Pare.Numerics;

namespace Pare.Calibration;

/// <summary>Sums the similarities of pairs of patterns.</summary>
/// <param name="neurons">Neurons of a pattern.</param>
internal sealed class SimilaritySum(int neurons)
{
    private readonly double[] _found = new double[3];
    private readonly double[] _chance = new double[3];
    private long _pairs;

    /// <summary>Adds a pair.</summary>
    /// <returns>Its Jaccard index.</returns>
    public double Add(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        var (first, second) = (BitRows.Count(a), BitRows.Count(b));
        var jaccard = Add(_found, first, second, BitRows.Common(a, b));
        Add(_chance, first, second, (double)first * second / neurons);
        _pairs++;
        return jaccard;
    }

    /// <summary>The means, or null where there was no pair.</summary>
    public PatternSimilarity? Mean() => _pairs == 0 ? null : new PatternSimilarity
    {
        Pairs = _pairs,
        Jaccard = _found[0] / _pairs,
        JaccardByChance = _chance[0] / _pairs,
        Overlap = _found[1] / _pairs,
        OverlapByChance = _chance[1] / _pairs,
        Match = _found[2] / _pairs,
        MatchByChance = _chance[2] / _pairs,
    };

    private double Add(double[] sums, int first, int second, double common)
    {
        var areEmpty = first == 0 && second == 0;
        var jaccard = areEmpty ? 1 : common / (first + second - common);
        var smaller = Math.Min(first, second);
        sums[0] += jaccard;
        sums[1] += areEmpty ? 1 : smaller == 0 ? 0 : common / smaller;
        sums[2] += (neurons - first - second + 2 * common) / neurons;
        return jaccard;
    }
}
