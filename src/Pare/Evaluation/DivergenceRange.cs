namespace Pare.Evaluation;

/// <summary>One bar of a histogram of divergences.</summary>
/// <param name="From">Lower end in nats, included.</param>
/// <param name="To">Upper end in nats, excluded; null for the last range, which has none.</param>
/// <param name="Tokens">Tokens in the range.</param>
public sealed record DivergenceRange(double From, double? To, long Tokens)
{
    /// <summary>Sorts divergences into half decades from 10⁻⁶ to 10 nats.</summary>
    internal static IReadOnlyList<DivergenceRange> Sort(ReadOnlySpan<double> ascending)
    {
        double[] edges = [0, .. Enumerable.Range(0, 15).Select(i => Math.Pow(10, -6 + i / 2.0))];
        var ranges = new DivergenceRange[edges.Length];
        var at = 0;
        for (var i = 0; i < edges.Length; i++)
        {
            double? end = i + 1 < edges.Length ? edges[i + 1] : null;
            var start = at;
            while (at < ascending.Length && (end is null || ascending[at] < end)) at++;
            ranges[i] = new DivergenceRange(edges[i], end, at - start);
        }

        return ranges;
    }
}
