using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Calibration;

/// <summary>Gathers the statistics of all inputs of one block.</summary>
internal sealed unsafe class StatisticsGatherer(ComputePool pool, IReadOnlyDictionary<SiteInput, StatisticsKinds> wanted) : IInputObserver
{
    private readonly Dictionary<SiteInput, InputStatistics> _inputs = [];

    /// <summary>What was gathered; the caller disposes of it.</summary>
    public IReadOnlyDictionary<SiteInput, InputStatistics> Inputs => _inputs;

    public void Observe(SiteInput input, float* values, int tokens, int columns)
    {
        if (wanted.GetValueOrDefault(input) is not (not StatisticsKinds.None and var kinds)) return;
        if (!_inputs.TryGetValue(input, out var statistics)) _inputs.Add(input, statistics = new InputStatistics(columns, kinds));
        statistics.Add(pool, values, tokens);
    }

    /// <summary>Ends the gathering.</summary>
    public void Complete()
    {
        foreach (var statistics in _inputs.Values) statistics.Complete();
    }
}
