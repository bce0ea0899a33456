namespace Pare.Models.Architectures;

/// <summary>Qwen3: norms on every query and key head.</summary>
internal sealed class Qwen3 : Architecture
{
    public override string ModelType => "qwen3";

    public override string ClassName => "Qwen3ForCausalLM";

    public override string? GgufName => "qwen3";

    internal override IReadOnlyDictionary<ParameterRole, ModuleName> HuggingFaceNames => TensorNames.Llama;

    internal override ModelConfig Read(ConfigReader config)
    {
        var bias = config.Flag("attention_bias", false);
        return ReadStandard(config, (i, layer) => layer with { SlidingWindow = Qwen2.Window(config, i) }) with
        {
            QueryKeyNorm = QueryKeyNormKind.PerHead,
            QueryKeyValueBias = bias,
            AttentionOutputBias = bias,
        };
    }
}
