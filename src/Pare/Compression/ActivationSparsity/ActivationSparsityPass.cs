using System.Text.Json;
using System.Text.Json.Nodes;
using Pare.Calibration;
using Pare.Evaluation;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Compression;

/// <summary>Finds activation thresholds: of each block and site, a quantile of the activations' sizes on the calibration text. No weight changes.</summary>
/// <remarks>Activations are seen as the model has them without thresholds, with the weights that the passes before have left.</remarks>
internal sealed partial class ActivationSparsityPass : ICompressionPass
{
    // Tokens on which Sparsing Law's error is measured.
    private const int TruncationTokens = 128;

    // Tokens on which predictors are trained and judged.
    private const int PredictorTokens = 16384;
    private readonly ActivationSparsityOptions _options;
    private readonly ModelConfig _config;
    private readonly string _path;
    private readonly BlockCurves[] _curves;
    private ActivationSampler? _sampler;
    private long _tokens;

    /// <summary>Binds the pass to a model.</summary>
    /// <exception cref="RecipeException">Groups do not divide the neurons.</exception>
    public ActivationSparsityPass(ActivationSparsityOptions options, ModelConfig config, string path)
    {
        if (config.Layers.FirstOrDefault(layer => layer.FfnSize % options.Group != 0) is { } odd)
            throw new RecipeException($"{path}.group", $"groups of {options.Group} do not divide the {odd.FfnSize} neurons of a block; take a divisor");
        if (options.SharedPredictor > 0 && !config.Layers.Skip(1).Any(layer => layer.HasFfn))
            throw new RecipeException($"{path}.sharedPredictor", "foresees the neurons of the blocks behind the first, and the model has none; take predictor");
        (_options, _config, _path) = (options, config, path);
        _curves = [.. config.Layers.Select(_ => new BlockCurves())];
        Result = new ActivationSparsity(options.RuleName, options.Level, options.Group, config.Layers.Count);
    }

    public string Method => ActivationSparsityOptions.MethodName;

    public IReadOnlyDictionary<ParameterId, ElementType?> Changes { get; } = new Dictionary<ParameterId, ElementType?>();

    public IReadOnlyList<string> InputFiles => [];

    public bool IsCalibrated => _options.Rule != ActivationRule.TopK || Finishes || _options.Predictor > 0;

    /// <summary>Whether <see cref="Finish"/> has to be called behind the last block.</summary>
    public bool Finishes => Searches || _options.SharedPredictor > 0;

    private bool Searches => _options.PerplexityIncrease is not null;

    /// <summary>Whether windows are taken from the start of the text, as the paper did.</summary>
    public bool IsOnTestSplit => _options.Rule == ActivationRule.PaperTestSplit;

    /// <summary>The thresholds, complete behind the last block and <see cref="Finish"/>.</summary>
    public ActivationSparsity Result { get; private set; }

    public IActivationStage Watch(BlockEdit block, long tokens)
    {
        var config = block.Graph.Config;
        var weights = _options.Rule == ActivationRule.SparsingLaw ? _curves[block.Block].Norms = BlockCurves.ColumnNorms(block) : null;
        var sites = Sites(config, block.Block).Select(site => (site, site.Channels(config, block.Block), Result.GroupOf(site), weights)).ToList();
        if (sites.Exists(site => site.Item2 % site.Item3 != 0))
            throw new RecipeException($"{_path}.group", $"groups of {_options.Group} do not divide the {config.Layers[block.Block].FfnSize} neurons that a pass before left in block {block.Block}");
        _tokens = tokens;
        return _sampler = new ActivationSampler(sites, tokens, ByError ? TruncationTokens : 0);
    }

    public void Try(BlockEdit block, BlockTrial trial, ComputePool pool)
    {
        var curves = _curves[block.Block];
        var sites = Sites(block.Graph.Config, block.Block).ToArray();
        // Phi-3 has gate and up in one matrix, and the paper one threshold for what it gives.
        var fused = _options.Rule is ActivationRule.Paper or ActivationRule.PaperTestSplit && _config.Architecture.ModelType == "phi3";
        foreach (var site in sites)
            curves.Sizes[site] = SizeCurve.Of(fused && site is ActivationSite.Gate or ActivationSite.Up ? _sampler!.Sizes(block.Block, ActivationSite.Gate, ActivationSite.Up) : _sampler!.Sizes(block.Block, site));
        if (ByError && sites.Length > 0) curves.Truncation = new TruncationCurve(pool, block.Find(new ParameterId(ParameterRole.Down, block.Block))!, _sampler!.Rows, curves.Norms!, _options.Group, curves.Sizes[ActivationSite.Neurons]);
        _sampler = null;
        var config = block.Graph.Config with { Layers = [block.Graph.Config.Layers[block.Block]] };
        if (_options.Rule == ActivationRule.TealGreedy) curves.Greedy = new GreedyLevels([.. sites.Select(site => (site, Weights(block, site)))], _options.Level ?? StrengthSearch.Highest, levels =>
        {
            var tried = new ActivationSparsity(_options.RuleName, null, _options.Group, 1);
            for (var i = 0; i < sites.Length; i++) tried[0, sites[i]] = new SiteThreshold { Value = curves.Sizes[sites[i]].At(levels[i]) };
            return trial.Run(new ActivationFilter(config, tried, pool));
        });
        if (_options.Predictor > 0 && config.Layers[0].HasFfn) Predict(block, config, trial, pool);
    }

    // What the thresholds leave of the neurons is what is to be foreseen.
    private void Predict(BlockEdit block, ModelConfig config, BlockTrial trial, ComputePool pool)
    {
        Set(Result, block.Graph.Config, block.Block, Strength, ByError);
        var own = new ActivationSparsity(_options.RuleName, null, _options.Group, 1);
        foreach (var site in ActivationSites.All) own[0, site] = Result[block.Block, site];
        var recorder = new ActivityRecorder(new ActivationFilter(config, own, pool), _options.Group, config.Layers[0].FfnSize, _tokens, PredictorTokens);
        trial.Watch(recorder);
        Result.SetPredictor(block.Block, PredictorTraining.Run(pool, [.. recorder.Inputs], recorder.Active, _options.Predictor, (ulong)block.Block + 1));
    }

    public void Apply(BlockEdit block, ComputePool pool)
    {
        if (block.Block >= 0 && !Searches) Set(Result, block.Graph.Config, block.Block, Strength, ByError);
    }

    // A search needs the curves, all else the thresholds.
    public JsonNode? Found(int block)
    {
        if (block < 0) return null;
        if (Searches) return _curves[block].ToJson();
        var sites = new JsonObject();
        foreach (var site in ActivationSites.All)
            if (Result[block, site] is { } threshold) sites[site.Name()] = JsonSerializer.SerializeToNode(threshold);
        if (Result.Predictor(block) is { } predictor) sites[PredictorJson.Key] = PredictorJson.Write(predictor);
        return sites;
    }

    public void Restore(int block, JsonNode found)
    {
        if (block < 0 || block >= Result.Layers) throw new ArgumentException($"there is no block {block}", nameof(block));
        if (Searches)
        {
            _curves[block] = BlockCurves.FromJson(found);
            return;
        }

        if (found[PredictorJson.Key] is { } predictor) Result.SetPredictor(block, PredictorJson.Read(predictor));
        foreach (var (name, threshold) in found.AsObject().Where(entry => entry.Key != PredictorJson.Key))
            Result[block, ActivationSites.Find(name) ?? throw new FormatException($"there is no site '{name}'")] = threshold.Deserialize<SiteThreshold>();
    }

    /// <summary>Finds how far the thresholds may go, or trains the predictor that all blocks share.</summary>
    /// <param name="model">The finished model.</param>
    /// <param name="windows">The calibration windows.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops it.</param>
    public void Finish(Model model, TokenWindows windows, ComputePool pool, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
    {
        if (!Searches)
        {
            new SharedPredictorRun(model, windows, Result, PredictorTokens).Run(_options.SharedPredictor, pool, progress, cancellation);
            return;
        }

        Search(model, windows, pool, progress, cancellation);
    }

    private double Strength => _options.Level ?? _options.Cett!.Value;

    // Sparsing Law's measure instead of a level.
    private bool ByError => _options.Rule == ActivationRule.SparsingLaw && _options.Level is null;

    private void Set(ActivationSparsity sparsity, ModelConfig config, int layer, double strength, bool byError)
    {
        var curves = _curves[layer];
        var sites = Sites(config, layer).ToArray();
        var levels = curves.Greedy?.At(strength);
        for (var i = 0; i < sites.Length; i++)
        {
            var level = levels?[i] ?? (byError ? curves.Truncation?.LevelOf(strength) : null) ?? strength;
            sparsity[layer, sites[i]] = _options.Rule switch
            {
                ActivationRule.TopK => new SiteThreshold { Kept = 1 - level },
                ActivationRule.SparsingLaw => new SiteThreshold { PerChannel = curves.Divided(curves.Sizes[sites[i]].At(level)) },
                _ => new SiteThreshold { Value = curves.Sizes[sites[i]].At(level) },
            };
        }
    }

    private IEnumerable<ActivationSite> Sites(ModelConfig config, int layer)
    {
        IReadOnlyList<ActivationSite> sites = _options.Rule switch
        {
            ActivationRule.Cats => [ActivationSites.ActivationOutput(config)],
            ActivationRule.Paper or ActivationRule.PaperTestSplit => [ActivationSite.Gate, ActivationSite.Up, ActivationSite.Down],
            ActivationRule.Teal or ActivationRule.TealGreedy => ActivationSites.LinearInputs,
            _ => [ActivationSite.Neurons],
        };
        return sites.Where(site => site.Channels(config, layer) > 0);
    }

    private static long Weights(BlockEdit block, ActivationSite site) => block.Graph.SitesOf(block.Block).Where(map => map.Input == site switch
    {
        ActivationSite.AttentionInput => SiteInput.Attention,
        ActivationSite.AttentionValues => SiteInput.AttentionValues,
        ActivationSite.FfnInput => SiteInput.Ffn,
        _ => SiteInput.Neurons,
    }).Sum(map => map.WeightCount);
}
