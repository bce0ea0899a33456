using System.Text.Json.Nodes;
using Pare.Calibration;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Training;

namespace Pare.Compression;

/// <summary>Removal of blocks and sub-layers as a step of a recipe.</summary>
internal sealed class BlockInfluencePass : IModelPass
{
    private readonly BlockInfluenceOptions _options;
    private readonly Model _model;
    private readonly string _path;
    private readonly IReadOnlyList<DepthCandidate> _candidates;
    private readonly int _count;

    /// <summary>Binds the step to a model.</summary>
    /// <exception cref="RecipeException">The share is out of range, or amounts to nothing or to everything.</exception>
    public BlockInfluencePass(BlockInfluenceOptions options, Model model, string path)
    {
        (_options, _model, _path) = (options, model, path);
        _candidates = DepthCandidate.Of(model.Config, options.Remove);
        _count = DepthShare.Count(options.Sparsity, _candidates.Count, options.Remove == DepthUnit.Sublayers ? 2 : 1, $"{RecipeMap.NameOf(options.Remove)} of the model", path);
    }

    public string Method => BlockInfluenceOptions.MethodName;

    public IReadOnlyDictionary<ParameterId, ElementType?> Changes { get; } = new Dictionary<ParameterId, ElementType?>();

    public IReadOnlyList<string> InputFiles => [];

    public bool IsCalibrated => true;

    public ModelPassPlan Plan(int threads)
    {
        var bytes = _candidates.Select(candidate => _model.Graph.Parameters.Where(parameter => parameter.Id.Layer == candidate.Layer && candidate.Has(parameter.Id.Role)).Sum(parameter => _model.GetWeight(parameter.Id).ByteLength)).ToList();
        return new ModelPassPlan(DepthEngine.Bytes(_model), 0, 0, [$"{_count} of {_candidates.Count} {RecipeMap.NameOf(_options.Remove)} go; what stays keeps its format"])
        {
            KeptShare = 1 - bytes.Average() * _count / _model.WeightBytes,
        };
    }

    public IEditedModel Run(string workFolder, CalibrationData? calibration, ComputePool pool, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
    {
        using var engine = new DepthEngine(_model, pool, streams: true);
        var (shape, removed) = new DepthSearch(engine.Engine, calibration!.Windows, _options.Measure).Run(_candidates, _count, _options.Greedy,
            done => progress?.Report(new CompressionProgress(_options.Measure == DepthMeasure.Influence ? "influence" : "perplexity after dropping", 0, 0, Math.Min(1, done))), cancellation);
        var measure = _options.Measure == DepthMeasure.Influence ? "influence" : "perplexity without it";
        return new ShallowModel(_model, shape, null, _path)
        {
            Notes = [.. removed.Select(gone => $"removed {gone.Candidate}, {measure} {gone.Score:G4}")],
            Description = new JsonObject
            {
                ["removed"] = new JsonArray([.. removed.Select(gone => (JsonNode)new JsonObject { ["what"] = gone.Candidate.ToString(), ["score"] = double.IsFinite(gone.Score) ? gone.Score : null })]),
            },
        };
    }
}
