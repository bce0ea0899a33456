using Pare.Models;

namespace Pare.Runtime;

/// <summary>Sets a share of the channels of some sites to zero, whatever their values, scattered like thresholds would: to time what thresholds save.</summary>
/// <param name="sites">The sites.</param>
/// <param name="share">Share of the channels.</param>
internal sealed unsafe class EvenZeros(IReadOnlyList<ActivationSite> sites, double share) : IActivationStage
{
    private readonly uint _bound = (uint)(share * uint.MaxValue);

    public bool Acts(int layer, ActivationSite site) => sites.Contains(site);

    public void Apply(int layer, ActivationSite site, float* values, int tokens, int channels)
    {
        // Multiples of 2³² divided by the golden ratio fall evenly into any share of the numbers.
        for (var i = 0; i < tokens * channels; i++)
            if (unchecked((uint)(i % channels) * 2654435769u) < _bound) values[i] = 0;
    }
}
