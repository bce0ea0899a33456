using Pare.Calibration;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>SliceGPT as a step of a recipe.</summary>
internal sealed class SliceGptPass : IModelPass
{
    private readonly SliceGptOptions _options;
    private readonly Model _model;
    private readonly int _width;
    private readonly ModelConfig _sliced;
    private readonly Dictionary<ParameterId, ElementType?> _changes = [];

    /// <summary>Binds the step to a model.</summary>
    /// <exception cref="RecipeException">An option is out of range, or the model's residual stream cannot be turned.</exception>
    public SliceGptPass(SliceGptOptions options, Model model, string path)
    {
        (_options, _model) = (options, model);
        if (!(options.Sparsity is >= 0 and < 1)) throw new RecipeException($"{path}.sparsity", $"expected a share from 0 to below 1, found {options.Sparsity}");
        if (options.Multiple < 1) throw new RecipeException($"{path}.multiple", $"expected at least 1, found {options.Multiple}");
        if (FusedModel.Refusal(model.Config) is { } refusal) throw new RecipeException($"{path}.method", $"slicegpt cannot slice this {model.Config.Architecture.ModelType} model: {refusal}");
        _width = options.Width(model.Config.HiddenSize);
        if (_width < 1) throw new RecipeException($"{path}.sparsity", $"nothing is left of {model.Config.HiddenSize} channels in multiples of {options.Multiple}; lower sparsity or multiple");
        try
        {
            _sliced = SlicedStreamModel.Describe(new FusedModel(model).Config, _width);
        }
        catch (ArgumentException e)
        {
            throw new RecipeException(path, e.Message, e);
        }

        foreach (var parameter in model.Graph.Parameters) _changes.Add(parameter.Id, parameter.IsVector ? null : options.Format);
    }

    public string Method => SliceGptOptions.MethodName;

    public IReadOnlyDictionary<ParameterId, ElementType?> Changes => _changes;

    public IReadOnlyList<string> InputFiles => [];

    public bool IsCalibrated => true;

    public ModelPassPlan Plan(int threads)
    {
        var config = _model.Config;
        var graph = new ModelGraph(_sliced);
        var bases = 2L * config.Layers.Count + 1;
        var turns = graph.Parameters.Where(parameter => parameter.Id.Role is ParameterRole.AttentionShortcut or ParameterRole.FfnShortcut).Sum(parameter => parameter.Count);
        var widest = config.Layers.Max(layer => (long)Math.Max(layer.FfnSize, layer.QuerySize)) * config.HiddenSize;
        var memory = bases * config.HiddenSize * _width * sizeof(float) + 3L * config.HiddenSize * config.HiddenSize * sizeof(double) + 4 * widest * sizeof(float);
        // Reduction, vectors and QL steps of an eigenvalue problem, each 2 to 6 · n³.
        var operations = bases * 12 * Math.Pow(config.HiddenSize, 3) + 4.0 * bases * (double)config.HiddenSize * _model.Graph.Sites.Max(site => site.Columns) * _width;
        return new ModelPassPlan(memory, 0, operations / 2e9,
        [
            $"the residual stream keeps {_width} of {config.HiddenSize} channels; {graph.ParameterCount} of {_model.Graph.ParameterCount} parameters, {turns} of them turn the stream between sub-layers",
        ])
        {
            KeptShare = (double)graph.ParameterCount / _model.Graph.ParameterCount,
        };
    }

    public IEditedModel Run(string workFolder, CalibrationData? calibration, ComputePool pool, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
    {
        var fused = new FusedModel(_model);
        var bases = StreamBases.Find(fused, calibration!.Windows, _width, pool, done => progress?.Report(new CompressionProgress("principal axes", 0, 0, done)), cancellation);
        return new SlicedStreamModel(_model, fused, bases, _options.Format, pool);
    }
}
