using Pare.Models;
using Pare.Numerics;

namespace Pare.Tests.Runtime;

/// <summary>Thresholds by the definition in double precision. Each is put into the widest gap near a quantile, so that single and double precision decide alike.</summary>
internal sealed class DefinedThresholds(Model model, double level, int group)
{
    private readonly SeededRandom _random = new(11);

    /// <summary>What was chosen.</summary>
    public ActivationSparsity Chosen { get; } = new("test", level, group, model.Config.Layers.Count);

    /// <summary>Zeros left at each site of each block, by the definition.</summary>
    public Dictionary<(int Layer, ActivationSite Site), (int Zeros, int Values)> Seen { get; } = [];

    /// <summary>Numbers that were not zero before.</summary>
    public int Removed { get; private set; }

    /// <summary>Chooses a threshold of a kind for a site of a block, and applies it.</summary>
    /// <param name="kind">"value", "channel" or "kept".</param>
    /// <param name="layer">Index of the block.</param>
    /// <param name="site">The site.</param>
    /// <param name="x">[tokens, channels].</param>
    public void Choose(string kind, int layer, ActivationSite site, double[] x)
    {
        var channels = site.Channels(model.Config, layer);
        var width = Chosen.GroupOf(site);
        var before = x.Count(value => value == 0);
        if (kind == "kept")
        {
            Chosen[layer, site] = new SiteThreshold { Kept = 1 - level };
            for (var t = 0; t < x.Length; t += channels) KeepLargest(x.AsSpan(t, channels), width);
        }
        else
        {
            var weights = new double[channels];
            for (var i = 0; i < channels; i++) weights[i] = kind == "channel" ? (float)(0.5 + _random.NextDouble()) : 1;
            var sizes = new List<double>();
            for (var i = 0; i < x.Length; i += width) sizes.Add(Enumerable.Range(i, width).Max(j => Math.Abs(x[j]) / weights[j % channels]));
            sizes.Sort();
            var gap = Enumerable.Range((int)(level * (sizes.Count - 1)) - sizes.Count / 20, sizes.Count / 10 + 1).Where(i => i >= 0 && i + 1 < sizes.Count).MaxBy(i => sizes[i + 1] - sizes[i]);
            var threshold = (sizes[gap] + sizes[gap + 1]) / 2;
            for (var i = 0; i < x.Length; i += width)
            {
                if (Enumerable.Range(i, width).All(j => Math.Abs(x[j]) < threshold * weights[j % channels])) x.AsSpan(i, width).Clear();
            }

            Chosen[layer, site] = kind == "channel" ? new SiteThreshold { PerChannel = [.. weights.Select(weight => (float)(threshold * weight))] } : new SiteThreshold { Value = (float)threshold };
        }

        Removed += x.Count(value => value == 0) - before;
        Seen[(layer, site)] = (x.Count(value => value == 0), x.Length);
    }

    private void KeepLargest(Span<double> x, int width)
    {
        var groups = x.Length / width;
        var count = Math.Clamp((int)Math.Round((1 - level) * groups), 1, groups);
        var values = x.ToArray();
        foreach (var (_, index) in Enumerable.Range(0, groups).Select(i => (values.AsSpan(i * width, width).ToArray().Max(Math.Abs), i)).OrderByDescending(entry => entry.Item1).Skip(count))
            x.Slice(index * width, width).Clear();
    }
}
