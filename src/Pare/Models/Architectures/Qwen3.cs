using System.Text.Json.Nodes;
using Pare.Models.Gguf;

namespace Pare.Models.Architectures;

/// <summary>Qwen3: norms on every query and key head.</summary>
internal sealed class Qwen3 : Architecture
{
    public override string ModelType => "qwen3";

    public override string ClassName => "Qwen3ForCausalLM";

    public override string? GgufName => "qwen3";

    internal override IReadOnlyDictionary<ParameterRole, ModuleName> HuggingFaceNames => TensorNames.Llama;

    internal override void ReadGguf(GgufSource source, JsonObject json)
    {
        json[Keys.Activation] = "silu";
        json["attention_bias"] = source.AnyBlockHas("attn_q.bias");
        json["use_sliding_window"] = false;
    }

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
