using System.Text.Json.Nodes;
using Pare.Models.Gguf;

namespace Pare.Models.Architectures;

/// <summary>Llama 1, 2 and 3, SmolLM, TinyLlama and others of their shape.</summary>
internal sealed class Llama : Architecture
{
    public override string ModelType => "llama";

    public override string ClassName => "LlamaForCausalLM";

    public override string? GgufName => "llama";

    internal override IReadOnlyDictionary<ParameterRole, ModuleName> HuggingFaceNames => TensorNames.Llama;

    internal override IReadOnlyDictionary<ParameterRole, ModuleName> GgufNames => GgufTensorNames.RotaryInterleaved;

    internal override void ReadGguf(GgufSource source, JsonObject json)
    {
        json["attention_bias"] = source.AnyBlockHas("attn_q.bias");
        json["mlp_bias"] = source.AnyBlockHas("ffn_up.bias");
        json[Keys.Activation] = "silu";
    }

    internal override ModelConfig Read(ConfigReader config)
    {
        var attentionBias = config.Flag("attention_bias", false);
        return ReadStandard(config) with
        {
            QueryKeyValueBias = attentionBias,
            AttentionOutputBias = attentionBias,
            FfnBias = config.Flag("mlp_bias", false),
        };
    }
}
