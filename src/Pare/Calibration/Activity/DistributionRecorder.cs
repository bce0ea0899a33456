using Pare.Models;
using Pare.Runtime;

namespace Pare.Calibration;

/// <summary>Counts the sizes of a block's activations at every site.</summary>
/// <param name="config">The model.</param>
/// <param name="block">Index of the block.</param>
/// <param name="seen">Called after every window.</param>
internal sealed unsafe class DistributionRecorder(ModelConfig config, int block, Action seen) : IActivationStage
{
    private readonly SizeHistogram[] _sites = [.. ActivationSites.All.Select(_ => new SizeHistogram())];
    private readonly ActivationSite _last = ActivationSites.All.LastOrDefault(site => site.Channels(config, block) > 0);

    public bool Acts(int layer, ActivationSite site) => site.Channels(config, block) > 0;

    public void Apply(int layer, ActivationSite site, float* values, int tokens, int channels)
    {
        for (var t = 0; t < tokens; t++) _sites[(int)site].Add(new ReadOnlySpan<float>(values + (long)t * channels, channels));
        if (site == _last) seen();
    }

    /// <summary>What was counted at a site.</summary>
    public SizeHistogram this[ActivationSite site] => _sites[(int)site];

    /// <summary>What was counted, in the order of the forward pass.</summary>
    /// <exception cref="CalibrationException">An activation is not a finite number.</exception>
    public IEnumerable<SiteDistribution> Distributions()
    {
        foreach (var site in ActivationSites.All)
        {
            var histogram = _sites[(int)site];
            if (histogram.Count == 0) continue;
            if (!histogram.IsFinite) throw ActivationSampler.NotFinite(block, site, "the text");
            yield return SiteDistribution.Of(site.Name(), block, histogram);
        }
    }
}
