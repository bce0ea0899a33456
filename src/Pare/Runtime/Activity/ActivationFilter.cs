using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Sets the small activations of a model to zero while it runs, and counts zeros.</summary>
/// <remarks>The neurons are counted also where nothing is done to them: their zeros are what the down projection can leave out.</remarks>
internal sealed unsafe class ActivationFilter : IActivationStage
{
    private readonly ActivationSparsity? _sparsity;
    private readonly ModelConfig _config;
    private readonly ComputePool _pool;
    private readonly long[,] _zeros;
    private readonly long[,] _values;

    /// <param name="config">The model.</param>
    /// <param name="sparsity">Its thresholds, which fit it; or null to count only.</param>
    /// <param name="pool">The threads.</param>
    public ActivationFilter(ModelConfig config, ActivationSparsity? sparsity, ComputePool pool)
    {
        (_config, _sparsity, _pool) = (config, sparsity, pool);
        _zeros = new long[config.Layers.Count, ActivationSites.All.Count];
        _values = new long[config.Layers.Count, ActivationSites.All.Count];
    }

    public bool Acts(int layer, ActivationSite site) => site == ActivationSite.Neurons || _sparsity?[layer, site] is not null;

    public void Apply(int layer, ActivationSite site, float* values, int tokens, int channels)
    {
        var rows = new Rows(this, layer, site, values, channels);
        if (tokens == 1) rows.Execute(0, 0);
        else _pool.For(tokens, rows);
        _values[layer, (int)site] += (long)tokens * channels;
    }

    /// <summary>The same for one token, counted.</summary>
    public void ApplyRow(int layer, ActivationSite site, Span<float> x)
    {
        if (_sparsity?[layer, site] is { } threshold) ThresholdMath.Apply(threshold, _sparsity.GroupOf(site), x);
        Interlocked.Add(ref _zeros[layer, (int)site], ThresholdMath.Zeros(x));
    }

    /// <summary>Forgets what was counted.</summary>
    public void Reset()
    {
        Array.Clear(_zeros);
        Array.Clear(_values);
    }

    /// <summary>What was counted, of the sites that were seen.</summary>
    public IReadOnlyList<SiteSparsity> Counted()
    {
        var result = new List<SiteSparsity>();
        foreach (var site in ActivationSites.All)
        {
            long zeros = 0, values = 0;
            var blocks = new double?[_config.Layers.Count];
            for (var layer = 0; layer < blocks.Length; layer++)
            {
                if (_values[layer, (int)site] is not (> 0 and var seen)) continue;
                blocks[layer] = (double)_zeros[layer, (int)site] / seen;
                zeros += _zeros[layer, (int)site];
                values += seen;
            }

            if (values > 0) result.Add(new SiteSparsity(site.Name(), _sparsity?.Sites.Contains(site) == true ? _sparsity.Level : null, (double)zeros / values, blocks));
        }

        return result;
    }

    private readonly struct Rows(ActivationFilter filter, int layer, ActivationSite site, float* values, int channels) : IParallelBody
    {
        public void Execute(int part, int worker) => filter.ApplyRow(layer, site, new Span<float>(values + (long)part * channels, channels));
    }
}
