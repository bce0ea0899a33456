using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Calibration;

/// <summary>Statistics of the blocks of a model that nothing has changed, block after block. What a folder holds is read from it; the windows are run through the model only where something is missing.</summary>
/// <param name="graph">The model's graph.</param>
/// <param name="find">Its parameters.</param>
/// <param name="data">The windows, and where statistics are kept.</param>
/// <param name="pool">The threads.</param>
/// <param name="cancellation">Stops between two windows.</param>
internal sealed class UnchangedStatistics(ModelGraph graph, Func<ParameterId, Weight?> find, CalibrationData data, ComputePool pool, CancellationToken cancellation) : IDisposable
{
    private BlockStream? _stream;
    // The block before which the windows stand.
    private int _position;

    /// <summary>What was seen of some inputs of a block; blocks are asked for in their order.</summary>
    /// <param name="block">The block.</param>
    /// <param name="wanted">The inputs, and what is to be known of them.</param>
    /// <returns>The statistics, which the caller disposes of.</returns>
    /// <exception cref="CalibrationException">An input is not a finite number, or a file that was kept is of no use.</exception>
    public IReadOnlyDictionary<SiteInput, InputStatistics> Of(int block, IReadOnlyDictionary<SiteInput, StatisticsKinds> wanted)
    {
        var sites = graph.Sites.Where(site => site.Layer == block && wanted.ContainsKey(site.Input)).ToList();
        var present = wanted.Where(entry => sites.Exists(site => site.Input == entry.Key)).ToDictionary();
        if (present.Count == 0) return new Dictionary<SiteInput, InputStatistics>();
        if (data.Kept?.Read(block, present, input => sites.First(site => site.Input == input).Columns) is { } found) return found;
        var gatherer = new StatisticsGatherer(pool, present);
        try
        {
            _stream ??= new BlockStream(graph.Config, data.Windows, pool, find);
            for (; _position < block; _position++)
            {
                using var passed = new DecoderBlock(graph.Config, _position, find);
                _stream.Advance(passed, _position, cancellation);
            }

            using (var observed = new DecoderBlock(graph.Config, block, find)) _stream.Observe(observed, block, gatherer, cancellation);
            gatherer.Complete(sites);
            data.Kept?.Write(block, gatherer.Inputs);
        }
        catch
        {
            foreach (var statistics in gatherer.Inputs.Values) statistics.Dispose();
            throw;
        }

        return gatherer.Inputs;
    }

    /// <inheritdoc/>
    public void Dispose() => _stream?.Dispose();
}
