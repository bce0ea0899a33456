namespace Pare.Models.Gguf;

/// <summary>Turns a configuration into GGUF metadata with the names and meanings of llama.cpp's converter.</summary>
internal static class GgufConfigWriter
{
    /// <summary>Writes the family's keys.</summary>
    /// <exception cref="ExportException">llama.cpp cannot run such a model.</exception>
    public static GgufTarget Write(ModelConfig config)
    {
        var target = new GgufTarget(ArchitectureName(config));
        GgufLimits.Check(config, target);
        var layers = config.Layers;
        var attending = layers.First(layer => layer.HasAttention);
        target.General("architecture", target.Architecture);
        target.General("type", "model");
        target.Add("block_count", (uint)layers.Count);
        target.Add("context_length", (uint)config.MaxPositionEmbeddings);
        target.Add("embedding_length", (uint)config.HiddenSize);
        target.AddPerLayer("feed_forward_length", layers.Select(layer => layer.FfnSize));
        target.AddPerLayer("attention.head_count", layers.Select(layer => layer.Heads));
        target.AddPerLayer("attention.head_count_kv", layers.Select(layer => layer.KeyValueHeads));
        target.Add("attention.key_length", (uint)attending.HeadSize);
        target.Add("attention.value_length", (uint)attending.HeadSize);
        target.Add(config.Norm == NormKind.LayerNorm ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon", config.NormEpsilon);
        target.Add("vocab_size", (uint)config.VocabularySize);
        if (attending.Rope is not null) GgufRopeWriter.Write(config, target);
        config.Architecture.WriteGguf(config, target);
        return target;
    }

    // llama.cpp's loader for Llama takes the first layer's sizes for all; the one for DeciLM computes the same with sizes per layer.
    private static string ArchitectureName(ModelConfig config)
    {
        var name = config.Architecture.GgufName ?? throw new ExportException(
            $"llama.cpp does not run {config.Architecture.ModelType} models, so there is no GGUF file of one; export to a folder instead");
        return name == "llama" && !config.IsUniform ? ArchitectureRegistry.LlamaPerLayer : name;
    }
}
