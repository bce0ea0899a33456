namespace Pare.Models.Architectures;

/// <summary>Which layers see only a window of keys.</summary>
internal static class SlidingWindows
{
    /// <summary>The window of the configuration, or null where there is none.</summary>
    public static int? Of(ConfigReader config)
    {
        var window = config.OptionalSize("sliding_window");
        return window is 0 ? throw config.Problem("sliding_window", "must be at least 1, or null for none") : window;
    }

    /// <summary>The window of a layer by layer_types, or by the family's own rule where that key is missing.</summary>
    public static int? OfLayer(ConfigReader config, int layer, Func<int, bool> slidesByRule) => Slides(config, layer, slidesByRule) ? Of(config) : null;

    /// <summary>Whether a layer slides.</summary>
    public static bool Slides(ConfigReader config, int layer, Func<int, bool> slidesByRule)
    {
        var types = config.Texts("layer_types");
        if (types is null) return slidesByRule(layer);
        if (layer >= types.Length) throw config.Problem("layer_types", $"names {types.Length} layers, layer {layer} is missing");
        return types[layer] switch
        {
            "sliding_attention" => true,
            "full_attention" => false,
            var other => throw config.Problem("layer_types", $"unknown kind '{other}'; Pare knows full_attention and sliding_attention"),
        };
    }
}
