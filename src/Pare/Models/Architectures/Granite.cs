using System.Text.Json.Nodes;
using Pare.Models.Gguf;

namespace Pare.Models.Architectures;

/// <summary>Granite 3: Llama with factors on embeddings, residuals, attention scores and logits.</summary>
internal sealed class Granite : Architecture
{
    public override string ModelType => "granite";

    public override string ClassName => "GraniteForCausalLM";

    public override string? GgufName => "granite";

    internal override IReadOnlyDictionary<ParameterRole, ModuleName> HuggingFaceNames => TensorNames.Llama;

    internal override IReadOnlyDictionary<ParameterRole, ModuleName> GgufNames => GgufTensorNames.RotaryInterleaved;

    internal override void ReadGguf(GgufSource source, JsonObject json)
    {
        json["attention_bias"] = source.AnyBlockHas("attn_q.bias");
        json["mlp_bias"] = source.AnyBlockHas("ffn_up.bias");
        json["embedding_multiplier"] = source.Number("embedding_scale", 1);
        json["residual_multiplier"] = source.Number("residual_scale", 1);
        json["logits_scaling"] = source.Number("logit_scale", 1);
        if (source.Number("attention.scale") is { } scale) json["attention_multiplier"] = scale;
        else json["attention_multiplier"] = 1 / Math.Sqrt(json[Keys.HeadSize!]!.GetValue<int>());
    }

    internal override void WriteGguf(ModelConfig config, GgufTarget target)
    {
        target.Add("embedding_scale", config.EmbeddingMultiplier);
        target.Add("residual_scale", config.ResidualMultiplier);
        target.Add("logit_scale", 1 / config.LogitMultiplier);
        target.Add("attention.scale", config.Layers.First(layer => layer.HasAttention).AttentionScale);
    }

    internal override ModelConfig Read(ConfigReader config)
    {
        var bias = config.Flag("attention_bias", false);
        var scaling = config.Number("logits_scaling", 1);
        if (scaling == 0) throw config.Problem("logits_scaling", "must not be 0");
        return ReadStandard(config, (_, layer) => layer with { AttentionScale = (float)config.Number("attention_multiplier", 1) }) with
        {
            EmbeddingMultiplier = (float)config.Number("embedding_multiplier", 1),
            ResidualMultiplier = (float)config.Number("residual_multiplier", 1),
            LogitMultiplier = (float)(1 / scaling),
            QueryKeyValueBias = bias,
            AttentionOutputBias = bias,
            FfnBias = config.Flag("mlp_bias", false),
        };
    }
}
