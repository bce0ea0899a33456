using Pare.Models;
using Pare.Runtime;

namespace Pare.Compression;

/// <summary>Records what gate and up read, and which groups of neurons thresholds leave, of tokens at equal distances.</summary>
internal sealed unsafe class ActivityRecorder(IActivationStage thresholds, int group, long tokens, int most) : IActivationStage
{
    private readonly int _stride = (int)Math.Max(1, (tokens + most - 1) / most);
    private long _inputs;
    private long _outputs;

    /// <summary>[recorded tokens, hidden size].</summary>
    public List<float> Inputs { get; } = [];

    /// <summary>[recorded tokens, groups]: 1 where a neuron of the group is not zero, else 0.</summary>
    public List<float> Active { get; } = [];

    /// <summary>Recorded tokens.</summary>
    public int Count { get; private set; }

    public bool Acts(int layer, ActivationSite site) => site is ActivationSite.FfnInput or ActivationSite.Neurons || thresholds.Acts(layer, site);

    public void Apply(int layer, ActivationSite site, float* values, int tokens, int channels)
    {
        if (thresholds.Acts(layer, site)) thresholds.Apply(layer, site, values, tokens, channels);
        for (var t = 0; t < tokens; t++)
        {
            var row = new ReadOnlySpan<float>(values + (long)t * channels, channels);
            if (site == ActivationSite.FfnInput && _inputs++ % _stride == 0)
            {
                Inputs.AddRange(row);
            }
            else if (site == ActivationSite.Neurons && _outputs++ % _stride == 0)
            {
                Count++;
                for (var i = 0; i < channels; i += group) Active.Add(row.Slice(i, group).ContainsAnyExcept(0f) ? 1 : 0);
            }
        }
    }
}
