namespace Pare.Models;

/// <summary>Activation thresholds that a model carries: where, and below which size, its activations are set to zero when it runs.</summary>
/// <remarks>Small activations are zero from then on whoever runs the model; a runtime may leave out the weights that they would be multiplied with.</remarks>
public sealed class ActivationSparsity
{
    private readonly SiteThreshold?[,] _sites;
    private readonly NeuronPredictor?[] _predictors;

    /// <summary>Makes thresholds; none is set.</summary>
    /// <param name="rule">Name of the rule that they come from.</param>
    /// <param name="level">Nominal share of zeros, or null where the rule has another measure.</param>
    /// <param name="group">Channels of the sites between gate and down that go together: a group stays where any of them would.</param>
    /// <param name="layers">Blocks of the model.</param>
    public ActivationSparsity(string rule, double? level, int group, int layers)
    {
        ArgumentException.ThrowIfNullOrEmpty(rule);
        ArgumentOutOfRangeException.ThrowIfLessThan(group, 1);
        (Rule, Level, Group, Layers) = (rule, level, group, layers);
        _sites = new SiteThreshold?[layers, ActivationSites.All.Count];
        _predictors = new NeuronPredictor?[layers];
    }

    /// <summary>The rule that they come from, such as <c>cats</c>.</summary>
    public string Rule { get; }

    /// <summary>Nominal share of zeros, or null.</summary>
    public double? Level { get; }

    /// <summary>Neighbouring neurons that are zero together, or 1.</summary>
    public int Group { get; }

    /// <summary>Blocks.</summary>
    public int Layers { get; }

    /// <summary>The threshold of a site of a block, or null where nothing is set to zero.</summary>
    /// <param name="layer">Index of the block.</param>
    /// <param name="site">The site.</param>
    /// <returns>The threshold, or null.</returns>
    public SiteThreshold? this[int layer, ActivationSite site]
    {
        get => _sites[layer, (int)site];
        set => _sites[layer, (int)site] = value;
    }

    /// <summary>The sites that any block has a threshold for, in the order of the forward pass.</summary>
    public IEnumerable<ActivationSite> Sites => ActivationSites.All.Where(site => Enumerable.Range(0, Layers).Any(layer => this[layer, site] is not null));

    /// <summary>Whether any block has a predictor.</summary>
    public bool HasPredictors => _predictors.Any(predictor => predictor is not null);

    /// <summary>What the predictors of all blocks share, or null where each reads its own block's input.</summary>
    public SharedPredictor? Shared { get; set; }

    /// <summary>The predictor of a block's neurons, by groups of <see cref="Group"/>; or null.</summary>
    /// <param name="layer">Index of the block.</param>
    /// <returns>The predictor, or null.</returns>
    public NeuronPredictor? Predictor(int layer) => _predictors[layer];

    /// <summary>Gives a block a predictor.</summary>
    /// <param name="layer">Index of the block.</param>
    /// <param name="predictor">The predictor.</param>
    public void SetPredictor(int layer, NeuronPredictor predictor) => _predictors[layer] = predictor;

    /// <summary>Neighbouring channels of a site that go together.</summary>
    /// <param name="site">The site.</param>
    /// <returns><see cref="Group"/> for sites that have a channel a neuron, else 1.</returns>
    public int GroupOf(ActivationSite site) => IsOfNeurons(site) ? Group : 1;

    /// <summary>Whether a site's channels are the neurons of the feed-forward network.</summary>
    internal static bool IsOfNeurons(ActivationSite site) => site is ActivationSite.Gate or ActivationSite.Activation or ActivationSite.Up or ActivationSite.Neurons;

    /// <summary>What does not fit a model, or null: a site that it does not have, a number of channels, a number of blocks.</summary>
    /// <param name="config">The model.</param>
    /// <returns>The problem in words, or null.</returns>
    public string? FindMisfit(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (Layers != config.Layers.Count) return $"the thresholds are for {Layers} blocks, and the model has {config.Layers.Count}: they belong to another model";
        if (Shared is { } reads && reads.Inputs != config.HiddenSize) return $"the shared predictor reads {reads.Inputs} channels, and the model has {config.HiddenSize}: it belongs to another model";
        for (var layer = 0; layer < Layers; layer++)
        {
            if (_predictors[layer] is { } predictor && (predictor.Inputs != (Shared is null ? config.HiddenSize : 0) || predictor.Groups * Group != config.Layers[layer].FfnSize))
                return $"the predictor of block {layer} reads {predictor.Inputs} channels and knows {predictor.Groups} groups of {Group} neurons, and the block has {config.HiddenSize} and {config.Layers[layer].FfnSize}: it belongs to another model";
            if (Shared is { } shared && _predictors[layer] is { } part && (layer == 0 || part.Rank != shared.Rank))
                return $"the predictor of block {layer} has a width of {part.Rank} and what it reads {shared.Rank}, behind the first block: they do not belong together";
            foreach (var site in ActivationSites.All)
            {
                if (this[layer, site] is not { } threshold) continue;
                var channels = site.Channels(config, layer);
                if (channels == 0) return $"there is a threshold for {site.Name()} of block {layer}, which the model does not have: they belong to another model";
                if (threshold.PerChannel is { } each && each.Count != channels) return $"{site.Name()} of block {layer} has {channels} channels, and there are {each.Count} thresholds: they belong to another model";
                if (GroupOf(site) > 1 && channels % Group != 0) return $"groups of {Group} do not divide the {channels} channels of {site.Name()} of block {layer}";
            }
        }

        return null;
    }
}
