using System.Text.Json;
using System.Text.Json.Nodes;
using Pare.Calibration;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Training;

namespace Pare.Compression;

/// <summary>The LLM Surgeon as a step of a recipe.</summary>
internal sealed class SurgeonPass : IModelPass
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };
    private readonly SurgeonOptions _options;
    private readonly Model _model;
    private readonly string _path;
    private readonly string _text;
    private readonly IReadOnlyList<LinearSite> _sites;
    private readonly IReadOnlyList<CoupledDimension> _coupled;
    private readonly Dictionary<ParameterId, ElementType?> _changes = [];

    /// <summary>Binds the step to a model.</summary>
    /// <exception cref="RecipeException">A pattern matches nothing, a number is out of range, or the text is missing.</exception>
    public SurgeonPass(SurgeonOptions options, Model model, string path, string baseFolder)
    {
        (_options, _model, _path) = (options, model, path);
        options.Check(path);
        _sites = SitePatterns.Find(model.Graph, options.Sites, $"{path}.sites");
        _text = Path.Combine(baseFolder, options.Calibration);
        if (!File.Exists(_text)) throw new RecipeException($"{path}.calibration", $"there is no file {_text}");
        if (options.Structure == PruningStructure.Blocks && _sites.FirstOrDefault(site => site.Columns % options.BlockSize != 0) is { } odd)
            throw new RecipeException($"{path}.structure", $"blocks of {options.BlockSize} do not divide the {odd.Columns} columns of {odd.Name}; leave it out by sites, or choose another pattern");
        _coupled = options.Structure == PruningStructure.Coupled ? CoupledDimension.Of(model.Graph, _sites) : [];
        if (options.Structure == PruningStructure.Coupled && _coupled.Count == 0)
            throw new RecipeException($"{path}.sites", "none of the model's neurons and heads have all of their sites among these; name gate, up and down of a block, or q, k, v and o");
        foreach (var site in _sites)
        {
            _changes.Add(site.Weight, options.Format);
            if (site.HasBias) _changes.Add(site.Bias, null);
        }
    }

    public string Method => SurgeonOptions.MethodName;

    public IReadOnlyDictionary<ParameterId, ElementType?> Changes => _changes;

    public IReadOnlyList<string> InputFiles => [_text];

    public ModelPassPlan Plan(int threads)
    {
        var text = SurgeonText.Read(_options, _model, _text, _path);
        var curvature = CurvatureEstimator.Plan(_model.Graph, _options.CurvatureOptions, text.Calibration.Length, _sites);
        var (weights, changed) = (_model.Graph.ParameterCount * sizeof(float), _changes.Keys.Sum(id => _model.Graph.Get(id).Count) * sizeof(float));
        // One site's systems in double precision: the factor of its wider side, its inverse and what they are made from.
        var solve = 5 * _sites.Max(site => Math.Pow(Math.Max(site.Rows, site.Columns), 2)) * sizeof(double);
        var activations = new GradientOptions().ActivationBytes;
        var memory = weights + curvature.MemoryBytes + activations + (long)solve + (_options.SearchesDamping ? 2 * changed : 0) + (_options.LoraRank > 0 ? weights + activations : 0);
        var tries = _options.SearchesDamping ? 4 : 1;
        var perSite = _sites.Sum(site => Math.Pow(site.Rows, 3) + Math.Pow(site.Columns, 3) + 4.0 * site.WeightCount * (site.Rows + site.Columns));
        var speed = MatrixSpeed.Measure(threads);
        var seconds = _options.Shots * (curvature.Seconds(speed) + tries * 4 * perSite / (0.3 * speed));
        return new ModelPassPlan(memory, curvature.DiskBytes + 2 * changed, seconds,
        [
            $"{_options.Shots} shots, each with {curvature.Passes} passes forward and backward over {curvature.Tokens} tokens",
            $"{curvature.Factors} factors of the curvature take {curvature.FactorBytes >> 20} MiB, {curvature.MemoryBytes >> 20} MiB of that in memory and {curvature.DiskBytes >> 20} MiB in a file (memoryGiB sets the budget)",
            $"the state of the run, {changed >> 20} MiB, is kept beside the output after every shot; the same command goes on from it",
        ]);
    }

    public IEditedModel Run(string workFolder, CalibrationData? calibration, ComputePool pool, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
    {
        var text = SurgeonText.Read(_options, _model, _text, _path);
        var run = new JsonObject
        {
            ["options"] = _options.ToJson(),
            ["model"] = ModelFingerprint.Of(_model.Path),
            ["text"] = text.Describe(),
            ["instructionSet"] = InstructionSet.Describe(),
        };
        var trainable = TrainableModel.From(_model, new TrainableOptions { IsFrozen = true });
        try
        {
            using var engine = new GradientEngine(trainable, new GradientOptions { Threads = pool.Threads });
            var steps = new SurgeonRun(_options, _model, engine, _sites, _coupled, text).Run(new SurgeonCheckpoint(workFolder, run), [.. _changes.Keys], progress, cancellation);
            return new Result(_model, trainable, new NarrowModel(trainable, _coupled), _options, _changes, steps);
        }
        catch
        {
            trainable.Dispose();
            throw;
        }
    }

    private sealed class Result(Model source, TrainableModel model, NarrowModel narrow, SurgeonOptions options, IReadOnlyDictionary<ParameterId, ElementType?> changes, IReadOnlyList<SurgeonStep> steps) : IEditedModel
    {
        public ModelConfig Config => narrow.Config;

        public IReadOnlyDictionary<ParameterId, ElementType?> Changes => changes;

        public Weight? Find(ParameterId id) => source.FindWeight(id);

        public float[] Values(ParameterId id) => narrow.Values(id);

        public CompactMap? Compact(ParameterId id)
        {
            if (!options.Compact || options.Structure is not (PruningStructure.Rows or PruningStructure.Columns or PruningStructure.RowsColumns)) return null;
            var parameter = model.Graph.Get(id);
            if (parameter.IsVector) return null;
            var (rows, columns) = (new bool[parameter.Rows], new bool[parameter.Columns]);
            var values = model.Values(id);
            for (var i = 0; i < values.Length; i++)
                if (values[i] != 0) rows[i / parameter.Columns] = columns[i % parameter.Columns] = true;
            // A matrix of zeros keeps one of them.
            if (!rows.Contains(true)) rows[0] = columns[0] = true;
            return new CompactMap([.. Enumerable.Range(0, rows.Length).Where(i => rows[i])], [.. Enumerable.Range(0, columns.Length).Where(i => columns[i])]);
        }

        public IReadOnlyList<SurgeonStep> Shots => steps;

        public JsonObject Describe()
        {
            var described = JsonSerializer.SerializeToNode(steps, s_json)!.AsArray();
            // Times differ from run to run; the bytes of the output do not.
            foreach (var step in described) step!.AsObject().Remove("seconds");
            return new JsonObject { ["steps"] = described };
        }

        public void Dispose() => model.Dispose();
    }
}
