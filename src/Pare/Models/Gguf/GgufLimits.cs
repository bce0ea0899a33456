namespace Pare.Models.Gguf;

/// <summary>What llama.cpp cannot do that the model would need.</summary>
internal static class GgufLimits
{
    /// <summary>Refuses what would not load or would compute something else; warns of what differs only beyond a sliding window.</summary>
    /// <exception cref="ExportException">The model cannot be stored.</exception>
    public static void Check(ModelConfig config, GgufTarget target)
    {
        var attending = config.Layers.Where(layer => layer.HasAttention).ToList();
        if (attending.Count == 0) throw new ExportException("llama.cpp runs no model without attention; export to a folder instead");
        if (attending.Select(layer => layer.HeadSize).Distinct().Count() > 1)
            throw new ExportException("the layers' heads differ in width, which GGUF has no array for; export to a folder instead");
        if (target.Architecture == ArchitectureRegistry.LlamaPerLayer) CheckPerLayerLlama(config);
        else if (!config.IsUniform)
            throw new ExportException($"the layers differ in shape, which llama.cpp's loader for {target.Architecture} does not take; use --pad");
        CheckWindows(config, target);
    }

    private static void CheckPerLayerLlama(ModelConfig config)
    {
        if (!config.Layers[0].HasAttention) throw new ExportException("the first layer has no attention; llama.cpp takes the head width from it: use --pad");
        var first = config.Layers.ToList().FindIndex(layer => !layer.HasFfn);
        if (first >= 0) throw new ExportException($"layer {first} has no feed-forward network, which llama.cpp does not run beside attention; use --pad");
        if (config.QueryKeyValueBias || config.AttentionOutputBias || config.FfnBias)
            throw new ExportException("the layers differ in shape and have biases, which llama.cpp does not take together; use --pad");
    }

    private static void CheckWindows(ModelConfig config, GgufTarget target)
    {
        if (target.Architecture is "gemma2" or "gemma3") return;
        if (config.Layers.FirstOrDefault(layer => layer.SlidingWindow is not null)?.SlidingWindow is { } window && window < config.MaxPositionEmbeddings)
            target.Warnings.Add($"llama.cpp knows no sliding window for {target.Architecture}: beyond {window} tokens it will compute something else than this model");
    }
}
