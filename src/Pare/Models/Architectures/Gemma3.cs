using System.Text.Json.Nodes;
using Pare.Models.Gguf;

namespace Pare.Models.Architectures;

/// <summary>Gemma 3 (text): as Gemma 2 with query and key norms, and a rotary base of its own for sliding layers.</summary>
internal sealed class Gemma3 : Architecture
{
    public override string ModelType => "gemma3_text";

    public override string ClassName => "Gemma3ForCausalLM";

    public override string? GgufName => "gemma3";

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
        json["attn_logit_softcapping"] = source.Number("attn_logit_softcapping");
        json["final_logit_softcapping"] = source.Number("final_logit_softcapping");
        GgufWindows.Read(source, json, period: 6, window: 0);
        GgufWindows.ReadAttentionScale(json, this, layersOfLargest: 62);
        var full = json["rope_parameters"]!.DeepClone();
        var local = new JsonObject { ["rope_theta"] = source.Number("rope.freq_base_swa", 10000), ["rope_type"] = "default" };
        json["rope_parameters"] = new JsonObject { ["full_attention"] = full, ["sliding_attention"] = local };
    }

    internal override void WriteGguf(ModelConfig config, GgufTarget target)
    {
        if (config.AttentionLogitSoftcap != 0) throw new ExportException("llama.cpp runs gemma3 without capped attention scores, the model has them");
        if (config.FinalLogitSoftcap != 0) target.Add("final_logit_softcapping", config.FinalLogitSoftcap);
        GgufWindows.Write(config, target, usualPeriod: 6);
        GgufWindows.CheckAttentionScale(config, layersOfLargest: 62);
        if (config.Layers.FirstOrDefault(layer => layer.SlidingWindow is not null)?.Rope is { Theta: not 10000 } local) target.Add("rope.freq_base_swa", local.Theta);
    }

    internal override ModelConfig Read(ConfigReader config)
    {
        var pattern = config.OptionalSize("sliding_window_pattern") ?? config.Size("_sliding_window_pattern", 6);
        var bias = config.Flag("attention_bias", false);
        var standard = ReadStandard(config, (i, layer) =>
        {
            var slides = SlidingWindows.Slides(config, i, index => pattern == 0 || (index + 1) % pattern != 0);
            return layer with
            {
                SlidingWindow = slides ? SlidingWindows.Of(config) : null,
                Rope = slides
                    ? RopeReader.Read(config, layer.HeadSize, "sliding_attention", config.Number("rope_local_base_freq", 10000), scaled: false)
                    : RopeReader.Read(config, layer.HeadSize, "full_attention", config.Number("rope_theta", 1000000)),
                AttentionScale = (float)(1 / Math.Sqrt(config.Number("query_pre_attn_scalar", 256))),
            };
        });
        return standard with
        {
            NormPlacement = NormPlacement.BeforeAndAfterSublayer,
            NormWeightOffset = 1,
            EmbeddingMultiplier = (float)Math.Sqrt(standard.HiddenSize),
            Activation = Activations.Parse(config, Keys.Activation, ActivationKind.GeluTanh),
            QueryKeyNorm = QueryKeyNormKind.PerHead,
            AttentionLogitSoftcap = (float)config.Number("attn_logit_softcapping", 0),
            FinalLogitSoftcap = (float)config.Number("final_logit_softcapping", 0),
            QueryKeyValueBias = bias,
            AttentionOutputBias = bias,
        };
    }
}
