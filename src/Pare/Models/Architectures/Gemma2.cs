using System.Text.Json.Nodes;
using Pare.Models.Gguf;

namespace Pare.Models.Architectures;

/// <summary>Gemma 2: norms on both sides of the sub-layers, every other layer slides, scores and logits are soft-capped.</summary>
internal sealed class Gemma2 : Architecture
{
    public override string ModelType => "gemma2";

    public override string ClassName => "Gemma2ForCausalLM";

    public override string? GgufName => "gemma2";

    internal override bool TiesByDefault => true;

    internal override ConfigKeys Keys { get; } = new() { Activation = "hidden_activation" };

    internal override IReadOnlyDictionary<ParameterRole, ModuleName> HuggingFaceNames { get; } = TensorNames.Llama.With(
        (ParameterRole.AttentionOutputNorm, "model.layers.{0}.post_attention_layernorm"),
        (ParameterRole.FfnInputNorm, "model.layers.{0}.pre_feedforward_layernorm"),
        (ParameterRole.FfnOutputNorm, "model.layers.{0}.post_feedforward_layernorm"));

    internal override IReadOnlyDictionary<ParameterRole, ModuleName> GgufNames => GgufTensorNames.OffsetNorms;

    internal override void ReadGguf(GgufSource source, JsonObject json)
    {
        json[Keys.Activation] = "gelu_pytorch_tanh";
        json["attention_bias"] = source.AnyBlockHas("attn_q.bias");
        json["attn_logit_softcapping"] = source.Number("attn_logit_softcapping", 50);
        json["final_logit_softcapping"] = source.Number("final_logit_softcapping", 30);
        GgufWindows.Read(source, json, period: 2, window: 4096);
        // Its 27B form scales by the residual width per head; llama.cpp tells it by its layers.
        GgufWindows.ReadAttentionScale(json, this, layersOfLargest: 46);
    }

    internal override void WriteGguf(ModelConfig config, GgufTarget target)
    {
        target.Add("attn_logit_softcapping", config.AttentionLogitSoftcap);
        target.Add("final_logit_softcapping", config.FinalLogitSoftcap);
        GgufWindows.Write(config, target, usualPeriod: 2);
        GgufWindows.CheckAttentionScale(config, layersOfLargest: 46);
    }

    internal override ModelConfig Read(ConfigReader config)
    {
        var bias = config.Flag("attention_bias", false);
        var standard = ReadStandard(config, (i, layer) => layer with
        {
            SlidingWindow = SlidingWindows.OfLayer(config, i, index => index % 2 == 0),
            AttentionScale = (float)(1 / Math.Sqrt(config.Number("query_pre_attn_scalar", 256))),
        });
        return standard with
        {
            NormPlacement = NormPlacement.BeforeAndAfterSublayer,
            NormWeightOffset = 1,
            EmbeddingMultiplier = (float)Math.Sqrt(standard.HiddenSize),
            Activation = Activations.Parse(config, Keys.Activation, ActivationKind.GeluTanh),
            AttentionLogitSoftcap = (float)config.Number("attn_logit_softcapping", 0),
            FinalLogitSoftcap = (float)config.Number("final_logit_softcapping", 0),
            QueryKeyValueBias = bias,
            AttentionOutputBias = bias,
        };
    }
}
