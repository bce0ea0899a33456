using System.Globalization;
using System.Text.Json.Nodes;
using Pare.Calibration;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Compression;

/// <summary>Puts neurons that fire together side by side: rows of gate and up and columns of down change places, in groups of 8 and those in bundles of 32.</summary>
internal sealed class NeuronOrderPass : ICompressionPass
{
    /// <summary>Neurons of a group, whose weights are read together.</summary>
    public const int Group = 8;

    private const int GroupsPerBundle = 4;

    // Every second one finds the order, the others judge it.
    private const int MostTokens = 2048;
    private static readonly ParameterRole[] s_rows = [ParameterRole.Gate, ParameterRole.Up];
    private readonly NeuronOrderOptions _options;
    private readonly Dictionary<ParameterId, ElementType?> _changes = [];
    private readonly SortedDictionary<int, (double Before, double After)> _shares = [];
    private ActivationSampler? _sampler;
    private int[]? _order;

    /// <summary>Binds the pass to a model.</summary>
    public NeuronOrderPass(NeuronOrderOptions options, ModelGraph graph)
    {
        _options = options;
        for (var layer = 0; layer < graph.Config.Layers.Count; layer++)
        {
            if (!graph.Config.Layers[layer].HasFfn) continue;
            foreach (var id in Rows(graph, layer).Append(new ParameterId(ParameterRole.Down, layer))) _changes.Add(id, graph.Get(id).IsVector ? null : options.Format);
        }
    }

    public string Method => NeuronOrderOptions.MethodName;

    public IReadOnlyDictionary<ParameterId, ElementType?> Changes => _changes;

    public IReadOnlyList<string> InputFiles => [];

    public bool IsCalibrated => true;

    /// <summary>What was gained, in a sentence: over all blocks, the share of groups that have to be read for a token that did not serve to find the order.</summary>
    public string Note => string.Create(CultureInfo.InvariantCulture,
        $"neuron-order: of the groups of {Group} neurons, {100 * _shares.Values.Average(share => share.Before):F1} % had one that fired, and {100 * _shares.Values.Average(share => share.After):F1} % in the new order (the smallest {100 * _options.Level:F0} % do not count as firing)");

    public IActivationStage? Watch(BlockEdit block, long tokens)
    {
        var config = block.Graph.Config;
        if (!config.Layers[block.Block].HasFfn) return null;
        var site = Site(config);
        return _sampler = new ActivationSampler([(site, site.Channels(config, block.Block), 1, null)], tokens, MostTokens, site);
    }

    public void Try(BlockEdit block, BlockTrial trial, ComputePool pool)
    {
        var site = Site(block.Graph.Config);
        var threshold = SizeCurve.Of(_sampler!.Sizes(block.Block, site)).At(_options.Level);
        var rows = _sampler.Rows;
        _sampler = null;
        var neurons = site.Channels(block.Graph.Config, block.Block);
        var tokens = rows.Length / neurons;
        var (seen, unseen) = (new FiringPatterns(neurons, (tokens + 1) / 2), new FiringPatterns(neurons, tokens / 2));
        for (var t = 0; t < tokens; t++)
        {
            for (var i = 0; i < neurons; i++)
                if (rows[t * neurons + i] != 0 && Math.Abs(rows[t * neurons + i]) >= threshold) (t % 2 == 0 ? seen : unseen).Set(i, t / 2);
        }

        var order = seen.Order(Group);
        var groups = seen.Grouped(order, Group).Order(GroupsPerBundle);
        // A last group that is not full stays last, so that the others keep their places in eights.
        if (neurons % Group != 0) groups = [.. groups.Where(group => group != neurons / Group), neurons / Group];
        _order = [.. groups.SelectMany(group => order.Skip(group * Group).Take(Group))];
        if (tokens > 1) _shares[block.Block] = (unseen.Grouped([.. Enumerable.Range(0, neurons)], Group).Share, unseen.Grouped(_order, Group).Share);
    }

    public void Apply(BlockEdit block, ComputePool pool)
    {
        if (block.Block < 0 || _order is not { } order) return;
        foreach (var id in Rows(block.Graph, block.Block))
        {
            var values = block.Values(id);
            var old = (float[])values.Clone();
            var width = values.Length / order.Length;
            for (var i = 0; i < order.Length; i++) Array.Copy(old, order[i] * width, values, i * width, width);
            Store(block, id);
        }

        var down = new ParameterId(ParameterRole.Down, block.Block);
        var columns = block.Values(down);
        var row = new float[order.Length];
        for (var start = 0; start < columns.Length; start += order.Length)
        {
            Array.Copy(columns, start, row, 0, row.Length);
            for (var i = 0; i < order.Length; i++) columns[start + i] = row[order[i]];
        }

        Store(block, down);
        _order = null;
    }

    public JsonNode? Found(int block) => _shares.TryGetValue(block, out var shares) ? new JsonArray(shares.Before, shares.After) : null;

    public void Restore(int block, JsonNode found) => _shares[block] = (found[0]!.GetValue<double>(), found[1]!.GetValue<double>());

    private static ActivationSite Site(ModelConfig config) => config.GatedFfn ? ActivationSite.Activation : ActivationSite.Neurons;

    private static IEnumerable<ParameterId> Rows(ModelGraph graph, int layer) =>
        graph.Parameters.Select(parameter => parameter.Id).Where(id => id.Layer == layer && s_rows.Contains(id.Role));

    private void Store(BlockEdit block, ParameterId id)
    {
        if (_options.Format is { } format && !block.Graph.Get(id).IsVector) block.Store(id, format);
    }
}
