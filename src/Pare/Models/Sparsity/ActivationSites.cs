namespace Pare.Models;

/// <summary>Names and widths of the places where activations are set to zero.</summary>
public static class ActivationSites
{
    private static readonly string[] s_names = ["qkv-in", "o-in", "mlp-in", "gate", "act", "up", "down-in", "down"];

    /// <summary>All sites, in the order of the forward pass.</summary>
    public static IReadOnlyList<ActivationSite> All { get; } = Enum.GetValues<ActivationSite>();

    /// <summary>What the linears of a block read: the sites of TEAL (Liu et al. 2024, arXiv 2408.14690).</summary>
    public static IReadOnlyList<ActivationSite> LinearInputs { get; } = [ActivationSite.AttentionInput, ActivationSite.AttentionValues, ActivationSite.FfnInput, ActivationSite.Neurons];

    /// <summary>What the activation function gives: the site of CATS (Lee et al. 2024, arXiv 2404.08763).</summary>
    /// <param name="config">The model.</param>
    /// <returns>The activated gate; the neurons in a model without gates.</returns>
    public static ActivationSite ActivationOutput(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.GatedFfn ? ActivationSite.Activation : ActivationSite.Neurons;
    }

    /// <summary>The site's name in recipes, files and tables.</summary>
    /// <param name="site">The site.</param>
    /// <returns>Such as <c>down-in</c>.</returns>
    public static string Name(this ActivationSite site) => s_names[(int)site];

    /// <summary>The site of a name, or null where there is none.</summary>
    /// <param name="name">Such as <c>down-in</c>.</param>
    /// <returns>The site, or null.</returns>
    public static ActivationSite? Find(string name) => Array.IndexOf(s_names, name) is >= 0 and var index ? (ActivationSite)index : null;

    /// <summary>Channels of a site in a block.</summary>
    /// <param name="site">The site.</param>
    /// <param name="config">The model.</param>
    /// <param name="layer">Index of the block.</param>
    /// <returns>The channels; 0 where the block has no such site.</returns>
    public static int Channels(this ActivationSite site, ModelConfig config, int layer)
    {
        ArgumentNullException.ThrowIfNull(config);
        var block = config.Layers[layer];
        return site switch
        {
            ActivationSite.AttentionInput => block.HasAttention ? config.HiddenSize : 0,
            ActivationSite.AttentionValues => block.QuerySize,
            ActivationSite.FfnInput or ActivationSite.Down => block.HasFfn ? config.HiddenSize : 0,
            ActivationSite.Gate or ActivationSite.Activation => config.GatedFfn ? block.FfnSize : 0,
            _ => block.FfnSize,
        };
    }
}
