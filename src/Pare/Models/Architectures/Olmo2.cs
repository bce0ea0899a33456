using System.Text.Json.Nodes;
using Pare.Models.Gguf;

namespace Pare.Models.Architectures;

/// <summary>OLMo-2: norms only behind the sub-layers, queries and keys normed over all heads.</summary>
internal sealed class Olmo2 : Architecture
{
    public override string ModelType => "olmo2";

    public override string ClassName => "Olmo2ForCausalLM";

    public override string? GgufName => "olmo2";

    internal override IReadOnlyDictionary<ParameterRole, ModuleName> HuggingFaceNames { get; } = TensorNames.Llama.With(
        (ParameterRole.AttentionOutputNorm, "model.layers.{0}.post_attention_layernorm"),
        (ParameterRole.FfnOutputNorm, "model.layers.{0}.post_feedforward_layernorm"));

    internal override void ReadGguf(GgufSource source, JsonObject json)
    {
        json["attention_bias"] = source.AnyBlockHas("attn_q.bias");
    }

    internal override ModelConfig Read(ConfigReader config)
    {
        var bias = config.Flag("attention_bias", false);
        return ReadStandard(config) with
        {
            NormPlacement = NormPlacement.AfterSublayer,
            QueryKeyNorm = QueryKeyNormKind.AllHeads,
            QueryKeyValueBias = bias,
            AttentionOutputBias = bias,
        };
    }
}
