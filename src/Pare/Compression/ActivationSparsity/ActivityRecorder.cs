using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Compression;

/// <summary>Records what gate and up read, and which groups of neurons thresholds leave, of tokens at equal distances.</summary>
internal sealed unsafe class ActivityRecorder : IActivationStage
{
    private readonly IActivationStage _thresholds;
    private readonly int _group;
    private readonly bool _keepsInputs;
    private readonly int _stride;
    private long _inputs;
    private long _outputs;
    private int _recorded;

    /// <param name="thresholds">What leaves them.</param>
    /// <param name="group">Neurons of a group.</param>
    /// <param name="neurons">Neurons of the block.</param>
    /// <param name="tokens">Tokens that will be seen.</param>
    /// <param name="most">Most tokens to record.</param>
    /// <param name="keepsInputs">Whether what gate and up read is recorded, too.</param>
    public ActivityRecorder(IActivationStage thresholds, int group, int neurons, long tokens, int most, bool keepsInputs = true)
    {
        (_thresholds, _group, _keepsInputs) = (thresholds, group, keepsInputs);
        _stride = StrideOf(tokens, most);
        Active = new BitRows(checked((int)((tokens + _stride - 1) / _stride)), neurons / group);
    }

    /// <summary>Distance of the recorded tokens; the first is recorded.</summary>
    public static int StrideOf(long tokens, int most) => (int)Math.Max(1, (tokens + most - 1) / most);

    /// <summary>[recorded tokens, hidden size].</summary>
    public List<float> Inputs { get; } = [];

    /// <summary>For each recorded token the groups with a neuron that is not zero.</summary>
    public BitRows Active { get; }

    public bool Acts(int layer, ActivationSite site) => (_keepsInputs && site == ActivationSite.FfnInput) || site == ActivationSite.Neurons || _thresholds.Acts(layer, site);

    public void Apply(int layer, ActivationSite site, float* values, int tokens, int channels)
    {
        if (_thresholds.Acts(layer, site)) _thresholds.Apply(layer, site, values, tokens, channels);
        for (var t = 0; t < tokens; t++)
        {
            var row = new ReadOnlySpan<float>(values + (long)t * channels, channels);
            if (site == ActivationSite.FfnInput && _keepsInputs && _inputs++ % _stride == 0)
            {
                Inputs.AddRange(row);
            }
            else if (site == ActivationSite.Neurons && _outputs++ % _stride == 0)
            {
                for (var i = 0; i < channels; i += _group)
                    if (row.Slice(i, _group).ContainsAnyExcept(0f)) Active.Set(_recorded, i / _group);
                _recorded++;
            }
        }
    }
}
