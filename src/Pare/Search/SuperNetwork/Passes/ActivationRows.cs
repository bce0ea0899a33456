using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Search;

/// <summary>Keeps the activations of a block at some sites, whole, of tokens at equal distances.</summary>
/// <param name="sites">The sites.</param>
/// <param name="tokens">Tokens that will be seen.</param>
internal sealed unsafe class ActivationRows(IReadOnlyList<ActivationSite> sites, long tokens) : IActivationStage
{
    // Quantiles over some hundred tokens of some hundred channels.
    private const int MostTokens = 512;

    private readonly Dictionary<ActivationSite, List<float[]>> _rows = sites.ToDictionary(site => site, _ => new List<float[]>());
    private readonly Dictionary<ActivationSite, long> _seen = sites.ToDictionary(site => site, _ => 0L);
    private readonly long _stride = (tokens + MostTokens - 1) / MostTokens;

    public bool Acts(int layer, ActivationSite site) => _rows.ContainsKey(site);

    public void Apply(int layer, ActivationSite site, float* values, int tokens, int channels)
    {
        for (var t = 0; t < tokens; t++)
            if (_seen[site]++ % _stride == 0) _rows[site].Add(new ReadOnlySpan<float>(values + (long)t * channels, channels).ToArray());
    }

    /// <summary>The quantile of the sizes at some channels of a site.</summary>
    public float Quantile(ActivationSite site, IReadOnlyList<int> channels, double level)
    {
        var rows = _rows[site];
        var sizes = new float[rows.Count * channels.Count];
        var next = 0;
        foreach (var row in rows)
            foreach (var channel in channels) sizes[next++] = Math.Abs(row[channel]);
        return OrderStatistics.Quantile(sizes, level);
    }
}
