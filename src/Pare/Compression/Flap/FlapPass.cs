using System.Text.Json.Nodes;
using Pare.Calibration;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;
using Pare.Training;

namespace Pare.Compression;

/// <summary>FLAP as a step of a recipe.</summary>
internal sealed class FlapPass : IModelPass
{
    private readonly FlapOptions _options;
    private readonly Model _model;
    private readonly string _path;
    private readonly Dictionary<ParameterId, ElementType?> _changes = [];

    /// <summary>Binds the step to a model.</summary>
    /// <exception cref="RecipeException">The share is out of range, or the family has no such biases.</exception>
    public FlapPass(FlapOptions options, Model model, string path)
    {
        (_options, _model, _path) = (options, model, path);
        if (!(options.Sparsity is > 0 and < 1)) throw new RecipeException($"{path}.sparsity", $"expected a share above 0 and below 1, found {options.Sparsity}");
        if (options.Bias && CutModel.WithBiases(model.Config) is null)
            throw new RecipeException($"{path}.bias", $"the configuration of {model.Config.Architecture.ModelType} models cannot say biases of output and down projections; turn them off with bias: false");
        foreach (var parameter in model.Graph.Parameters.Where(parameter => parameter.Id.Role.IsSite())) _changes.Add(parameter.Id, parameter.IsVector ? null : options.Format);
    }

    public string Method => FlapOptions.MethodName;

    public IReadOnlyDictionary<ParameterId, ElementType?> Changes => _changes;

    public IReadOnlyList<string> InputFiles => [];

    public bool IsCalibrated => true;

    public ModelPassPlan Plan(int threads)
    {
        var cut = _changes.Keys.Sum(id => _model.Graph.Get(id).Count);
        return new ModelPassPlan(_model.Graph.SitesOf(0).Sum(site => site.WeightCount) * sizeof(float), 0, 0, [$"{_options.Sparsity:P1} of the {cut} weights of neurons and heads go, wherever they fluctuate least"])
        {
            KeptShare = 1 - _options.Sparsity * cut / _model.Graph.ParameterCount,
        };
    }

    public IEditedModel Run(string workFolder, CalibrationData? calibration, ComputePool pool, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
    {
        var blocks = Look(calibration!, pool, progress, cancellation);
        var layers = _model.Config.Layers;
        var costs = layers.SelectMany((layer, i) => (long[])[GroupCost(layer), NeuronCost()]).ToArray();
        // Heads stay where the family's configuration says their size only through their number.
        var cutsHeads = _model.Config.Architecture.Keys.HeadSize is not null && _model.Config.QueryKeyNorm != QueryKeyNormKind.AllHeads;
        var scores = blocks.SelectMany(block => (double[][])[cutsHeads ? block.GroupScores : [], block.NeuronScores]).ToArray();
        var total = scores.Select((set, i) => set.Length * costs[i]).Sum();
        var kept = FlapMath.Keep(scores, costs, _options.Sparsity * total);
        var reached = 1 - kept.Select((set, i) => set.Length * costs[i]).Sum() / (double)total;
        if (reached < _options.Sparsity - 0.5 * costs.Max() / total)
            throw new RecipeException($"{_path}.sparsity", $"every block keeps a neuron and a group of heads, so {Math.Floor(1000 * reached) / 10}% of their weights are the most that can go; lower sparsity");
        try
        {
            var groups = cutsHeads ? kept.Where((_, i) => i % 2 == 0) : layers.Select(layer => Enumerable.Range(0, layer.KeyValueHeads).ToArray());
            return new CutModel(_model, blocks, [.. groups], [.. kept.Where((_, i) => i % 2 == 1)], _options.Bias, _options.Format);
        }
        catch (ArgumentException e)
        {
            throw new RecipeException(_path, e.Message, e);
        }
    }

    // The whole model's activations, as published: nothing is cut before all of it was seen.
    private List<FlapBlock> Look(CalibrationData calibration, ComputePool pool, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
    {
        using var statistics = new UnchangedStatistics(_model.Graph, _model.FindWeight, calibration, pool, cancellation);
        var blocks = new List<FlapBlock>();
        for (var i = 0; i < _model.Config.Layers.Count; i++)
        {
            progress?.Report(new CompressionProgress("fluctuations", 0, 0, (double)i / _model.Config.Layers.Count));
            var seen = statistics.Of(i, new Dictionary<SiteInput, StatisticsKinds> { [SiteInput.AttentionValues] = StatisticsKinds.Channels, [SiteInput.Neurons] = StatisticsKinds.Channels });
            try
            {
                blocks.Add(Score(i, seen));
            }
            finally
            {
                foreach (var input in seen.Values) input.Dispose();
            }
        }

        return blocks;
    }

    private FlapBlock Score(int layer, IReadOnlyDictionary<SiteInput, InputStatistics> seen)
    {
        var groups = _model.Config.Layers[layer].KeyValueHeads;
        var (values, valueMeans) = Of(SiteInput.AttentionValues, ParameterRole.Output);
        var (neurons, neuronMeans) = Of(SiteInput.Neurons, ParameterRole.Down);
        var ofGroups = values.Length == 0 ? [] : FlapMath.Standardized([.. values.Chunk(values.Length / groups).Select(group => group.Sum())]);
        return new FlapBlock(ofGroups, neurons.Length == 0 ? [] : FlapMath.Standardized(neurons), valueMeans, neuronMeans);

        (double[] Scores, double[] Means) Of(SiteInput input, ParameterRole role)
        {
            if (!seen.TryGetValue(input, out var statistics)) return ([], []);
            return (FlapMath.Fluctuations(_model.GetWeight(new ParameterId(role, layer)).ToArray(), statistics), [.. statistics.Sums.ToArray().Select(sum => sum / statistics.Tokens)]);
        }
    }

    private long GroupCost(LayerConfig layer) => layer.HasAttention ? (long)_model.Config.HiddenSize * layer.HeadSize * 2 * (layer.Heads / layer.KeyValueHeads + 1) : 0;

    private long NeuronCost() => (long)_model.Config.HiddenSize * (_model.Config.GatedFfn ? 3 : 2);
}
