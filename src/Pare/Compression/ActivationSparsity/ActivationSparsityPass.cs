using System.Text.Json;
using System.Text.Json.Nodes;
using Pare.Calibration;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Compression;

/// <summary>Finds activation thresholds: of each block and site, the quantile of the activations' sizes on the calibration text. No weight changes.</summary>
/// <remarks>Activations are seen as the model has them without thresholds, with the weights that the passes before have left.</remarks>
internal sealed class ActivationSparsityPass : ICompressionPass
{
    private readonly ActivationSparsityOptions _options;
    private readonly ModelConfig _config;
    private readonly string _path;
    private ActivationSampler? _sampler;

    /// <summary>Binds the pass to a model.</summary>
    /// <exception cref="RecipeException">Groups do not divide the neurons.</exception>
    public ActivationSparsityPass(ActivationSparsityOptions options, ModelConfig config, string path)
    {
        if (config.Layers.FirstOrDefault(layer => layer.FfnSize % options.Group != 0) is { } odd)
            throw new RecipeException($"{path}.group", $"groups of {options.Group} do not divide the {odd.FfnSize} neurons of a block; take a divisor");
        (_options, _config, _path) = (options, config, path);
        Result = new ActivationSparsity(options.RuleName, options.Level, options.Group, config.Layers.Count);
    }

    public string Method => ActivationSparsityOptions.MethodName;

    public IReadOnlyDictionary<ParameterId, ElementType?> Changes { get; } = new Dictionary<ParameterId, ElementType?>();

    public IReadOnlyList<string> InputFiles => [];

    public bool IsCalibrated => _options.Rule != ActivationRule.TopK;

    /// <summary>The thresholds, complete behind the last block.</summary>
    public ActivationSparsity Result { get; }

    public IActivationStage Watch(BlockEdit block, long tokens)
    {
        var weights = _options.Rule == ActivationRule.SparsingLaw ? ColumnNorms(block) : null;
        var config = block.Graph.Config;
        var sites = Sites(config, block.Block).Select(site => (site, site.Channels(config, block.Block), Result.GroupOf(site), weights)).ToList();
        if (sites.Exists(site => site.Item2 % site.Item3 != 0))
            throw new RecipeException($"{_path}.group", $"groups of {_options.Group} do not divide the {config.Layers[block.Block].FfnSize} neurons that a pass before left in block {block.Block}");
        return _sampler = new ActivationSampler(sites, tokens);
    }

    public void Apply(BlockEdit block, ComputePool pool)
    {
        if (block.Block < 0) return;
        var sites = Sites(block.Graph.Config, block.Block).ToArray();
        // Phi-3 has gate and up in one matrix, and the paper one threshold for what it gives.
        var fused = _options.Rule == ActivationRule.Paper && _config.Architecture.ModelType == "phi3";
        foreach (var site in sites)
        {
            if (_options.Rule == ActivationRule.TopK)
            {
                Result[block.Block, site] = new SiteThreshold { Kept = 1 - _options.Level };
                continue;
            }

            var sizes = fused && site is ActivationSite.Gate or ActivationSite.Up ? _sampler!.Sizes(block.Block, ActivationSite.Gate, ActivationSite.Up) : _sampler!.Sizes(block.Block, site);
            var threshold = OrderStatistics.Quantile(sizes, _options.Level);
            Result[block.Block, site] = _options.Rule == ActivationRule.SparsingLaw ? new SiteThreshold { PerChannel = Divided(threshold, ColumnNorms(block)) } : new SiteThreshold { Value = threshold };
        }

        _sampler = null;
    }

    public JsonNode? Found(int block)
    {
        if (block < 0) return null;
        var sites = new JsonObject();
        foreach (var site in ActivationSites.All)
            if (Result[block, site] is { } threshold) sites[site.Name()] = JsonSerializer.SerializeToNode(threshold);
        return sites;
    }

    public void Restore(int block, JsonNode found)
    {
        if (block < 0 || block >= Result.Layers) throw new ArgumentException($"there is no block {block}", nameof(block));
        foreach (var (name, threshold) in found.AsObject())
            Result[block, ActivationSites.Find(name) ?? throw new FormatException($"there is no site '{name}'")] = threshold.Deserialize<SiteThreshold>();
    }

    private IEnumerable<ActivationSite> Sites(ModelConfig config, int layer)
    {
        ActivationSite[] sites = _options.Rule switch
        {
            ActivationRule.Cats => [config.GatedFfn ? ActivationSite.Activation : ActivationSite.Neurons],
            ActivationRule.Paper => [ActivationSite.Gate, ActivationSite.Up, ActivationSite.Down],
            ActivationRule.Teal => [ActivationSite.AttentionInput, ActivationSite.AttentionValues, ActivationSite.FfnInput, ActivationSite.Neurons],
            _ => [ActivationSite.Neurons],
        };
        return sites.Where(site => site.Channels(config, layer) > 0);
    }

    // A neuron whose column is zero adds nothing, whatever its activation.
    private static float[] Divided(float threshold, float[] norms) => Array.ConvertAll(norms, norm => norm > 0 ? Math.Min(threshold / norm, float.MaxValue) : float.MaxValue);

    // ‖W[:, i]‖ of the down projection as it stands.
    private static float[] ColumnNorms(BlockEdit block)
    {
        var down = block.Find(new ParameterId(ParameterRole.Down, block.Block));
        if (down is null) return [];
        var sums = new double[down.Columns];
        var row = new float[down.Columns];
        for (var r = 0; r < down.Rows; r++)
        {
            down.Read(r, 0, row);
            for (var i = 0; i < row.Length; i++) sums[i] += (double)row[i] * row[i];
        }

        return Array.ConvertAll(sums, sum => (float)Math.Sqrt(sum));
    }
}
