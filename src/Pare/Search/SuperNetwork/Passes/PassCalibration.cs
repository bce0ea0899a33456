using Pare.Calibration;
using Pare.Evaluation;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;
using Pare.Training;

namespace Pare.Search;

/// <summary>Takes a calibration text through the whole model, block by block, for what a search's passes need: norms of inputs and thresholds of activations.</summary>
public static class PassCalibration
{
    /// <summary>Runs the text.</summary>
    /// <param name="model">The whole model.</param>
    /// <param name="order">Which neurons are kept first.</param>
    /// <param name="windows">The text.</param>
    /// <param name="withNorms">Whether norms are wanted.</param>
    /// <param name="rule">Of which activations thresholds are wanted; null for none.</param>
    /// <param name="levels">For which levels, as the space writes them.</param>
    /// <param name="widths">Widths of networks beside the whole ones.</param>
    /// <param name="threads">Threads; 0 takes one per processor.</param>
    /// <param name="progress">Told how many blocks are done.</param>
    /// <param name="cancellation">Stops between windows.</param>
    /// <returns>What was wanted.</returns>
    /// <exception cref="CalibrationException">An activation is not a finite number.</exception>
    public static (InputNorms? Norms, ThresholdTable? Thresholds) Run(
        Model model, ImportanceOrder order, TokenWindows windows, bool withNorms, ThresholdRule? rule, IReadOnlyList<string> levels, IReadOnlyList<int> widths, int threads = 0, Action<int>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(windows);
        ArgumentNullException.ThrowIfNull(levels);
        ArgumentNullException.ThrowIfNull(widths);
        var config = model.Config;
        using var pool = new ComputePool(threads);
        using var stream = new BlockStream(config, windows, pool, model.FindWeight);
        var norms = new Dictionary<(int, SiteInput), float[]>();
        var thresholds = new Dictionary<(int, ActivationSite, int, string), float>();
        for (var layer = 0; layer < config.Layers.Count; layer++)
        {
            using var block = new DecoderBlock(model, layer);
            if (withNorms) AddNorms(block, layer);
            var rows = rule is { } wanted ? new ActivationRows([.. ThresholdTable.Sites(wanted, config, layer)], stream.Tokens) : null;
            stream.Advance(block, layer, cancellation, rows);
            if (rows is not null) AddThresholds(rows, layer);
            progress?.Invoke(layer + 1);
        }

        return (withNorms ? new InputNorms(norms) : null, rule is { } of ? new ThresholdTable(of, thresholds) : null);

        void AddNorms(DecoderBlock block, int layer)
        {
            var gatherer = new StatisticsGatherer(pool, Enum.GetValues<SiteInput>().ToDictionary(input => input, _ => StatisticsKinds.Channels));
            stream.Observe(block, layer, gatherer, cancellation);
            gatherer.Complete(model.Graph.Sites.Where(site => site.Layer == layer));
            foreach (var (input, statistics) in gatherer.Inputs)
            {
                norms.Add((layer, input), statistics.Norms());
                statistics.Dispose();
            }
        }

        void AddThresholds(ActivationRows rows, int layer)
        {
            var whole = config.Layers[layer].FfnSize;
            foreach (var site in ThresholdTable.Sites(rule!.Value, config, layer))
            {
                foreach (var width in widths.Where(width => width < whole).Append(whole).Select(width => ThresholdTable.WidthOf(site, width)).Distinct())
                {
                    IReadOnlyList<int> channels = width == 0 ? [.. Enumerable.Range(0, site.Channels(config, layer))] : [.. order.Neurons[layer].Take(width)];
                    foreach (var level in levels.Where(level => ThresholdTable.Share(level) > 0))
                    {
                        var threshold = rows.Quantile(site, channels, ThresholdTable.Share(level));
                        thresholds.Add((layer, site, width, level), float.IsFinite(threshold) ? threshold : throw ActivationSampler.NotFinite(layer, site, windows.Text.File ?? "the calibration text"));
                    }
                }
            }
        }
    }
}
