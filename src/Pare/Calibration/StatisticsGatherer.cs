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
    /// <param name="sites">The sites whose inputs have to be finite numbers.</param>
    /// <exception cref="CalibrationException">One is not.</exception>
    public void Complete(IEnumerable<LinearSite> sites)
    {
        foreach (var statistics in _inputs.Values) statistics.Complete();
        foreach (var site in sites)
        {
            if (_inputs[site.Input].FindNotFinite() is not (>= 0 and var channel)) continue;
            throw new CalibrationException(
                $"channel {channel} of what {site.Name} reads is not a finite number on the calibration text: the model overflows in float32 there, or an earlier pass damaged it; check it with 'pare eval'");
        }
    }
}
