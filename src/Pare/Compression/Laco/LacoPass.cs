using System.Text.Json.Nodes;
using Pare.Calibration;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Training;

namespace Pare.Compression;

/// <summary>LaCo as a step of a recipe.</summary>
internal sealed class LacoPass : IModelPass
{
    private readonly LacoOptions _options;
    private readonly Model _model;
    private readonly string _path;
    private readonly int _most;

    /// <summary>Binds the step to a model.</summary>
    /// <exception cref="RecipeException">An option is out of range, or the blocks differ in shape.</exception>
    public LacoPass(LacoOptions options, Model model, string path)
    {
        (_options, _model, _path) = (options, model, path);
        var layers = model.Config.Layers;
        options.Check(path, layers.Count);
        _most = options.Sparsity is { } share ? DepthShare.Count(share, layers.Count, 1, "blocks of the model", path) : layers.Count - 1;
        var (from, to) = (options.From, options.To ?? layers.Count);
        // Every kept block of the range can take over others, so all but one can go.
        if (options.Sparsity is not null && _most > to - from - 1)
            throw new RecipeException($"{path}.sparsity", $"{_most} of the blocks are to go, and blocks {from} to {to - 1} leave {to - from - 1} at most; widen from and to");
        for (var i = from + 1; i < to; i++)
        {
            if (layers[i].Heads != layers[from].Heads || layers[i].KeyValueHeads != layers[from].KeyValueHeads || layers[i].HeadSize != layers[from].HeadSize || layers[i].FfnSize != layers[from].FfnSize)
                throw new RecipeException(path, $"blocks {from} and {i} differ in shape and cannot be merged; use from and to to name a range of equal ones, or block-influence");
        }
    }

    public string Method => LacoOptions.MethodName;

    public IReadOnlyDictionary<ParameterId, ElementType?> Changes { get; } = new Dictionary<ParameterId, ElementType?>();

    public IReadOnlyList<string> InputFiles => [];

    public bool IsCalibrated => true;

    public ModelPassPlan Plan(int threads)
    {
        var layers = _model.Config.Layers.Count;
        var blocks = _model.Graph.Parameters.Where(parameter => parameter.Id.Layer >= 0).Sum(parameter => _model.GetWeight(parameter.Id).ByteLength);
        var share = _options.Sparsity is null ? 0 : (double)_most / layers;
        return new ModelPassPlan(_model.Graph.ParameterCount * sizeof(float) + new GradientOptions().ActivationBytes, 0, 0,
        [
            _options.Sparsity is null ? $"as many of {layers} blocks go as the threshold lets" : $"{_most} of {layers} blocks go; merged ones are stored anew, the others keep their format",
        ])
        {
            KeptShare = 1 - share * blocks / _model.WeightBytes,
        };
    }

    public IEditedModel Run(string workFolder, CalibrationData? calibration, ComputePool pool, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
    {
        using var engine = new DepthEngine(_model, pool, streams: false);
        var (left, merges) = new LayerCollapse(engine.Engine, calibration!.Windows, _options, _most).Run(done => progress?.Report(new CompressionProgress("merge", 0, 0, done)), cancellation);
        if (merges.Count == 0) throw new RecipeException($"{_path}.threshold", "no merge of blocks leaves the outputs that similar; lower the threshold");
        var gone = _model.Config.Layers.Count - left.Count;
        if (_options is { Sparsity: not null, Threshold: null } && gone < _most) throw new RecipeException(_path, $"only {gone} of {_most} blocks could be merged; lower interval or merge");
        var whole = SubNetwork.Whole(_model.Config);
        var values = merges.Select(merge => merge.Layer).Distinct().Where(left.Contains).ToDictionary(layer => layer, layer => Copy(engine.Model, layer));
        return new ShallowModel(_model, whole with { Layers = [.. left.Select(layer => whole.Layers[layer])] }, values, _path, _options.Format)
        {
            Notes = [.. merges.Select(merge => $"block {merge.Layer} took over {string.Join(", ", merge.Taken)}, similarity {merge.Similarity:G4}")],
            Description = new JsonObject
            {
                ["merges"] = new JsonArray([.. merges.Select(merge => (JsonNode)new JsonObject
                {
                    ["block"] = merge.Layer, ["taken"] = new JsonArray([.. merge.Taken.Select(layer => (JsonNode)layer)]), ["similarity"] = merge.Similarity,
                })]),
            },
        };
    }

    private static Func<ParameterId, float[]> Copy(TrainableModel model, int layer)
    {
        var values = model.Graph.Parameters.Where(parameter => parameter.Id.Layer == layer).ToDictionary(parameter => parameter.Id, parameter => model.Values(parameter.Id).ToArray());
        return id => (float[])values[id].Clone();
    }
}
