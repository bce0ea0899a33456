using System.Text.Json.Nodes;
using Pare.Models.Gguf;

namespace Pare.Models.Architectures;

/// <summary>GPT-NeoX and Pythia: parallel residual, partly rotated heads, query-key-value fused per head.</summary>
internal sealed class GptNeoX : Architecture
{
    public override string ModelType => "gpt_neox";

    public override string ClassName => "GPTNeoXForCausalLM";

    public override string? GgufName => "gptneox";

    internal override bool Gated => false;

    internal override ConfigKeys Keys { get; } = new() { KeyValueHeads = null, HeadSize = null, NormEpsilon = "layer_norm_eps" };

    internal override IReadOnlyDictionary<ParameterRole, ModuleName> HuggingFaceNames { get; } = new Dictionary<ParameterRole, ModuleName>
    {
        [ParameterRole.TokenEmbedding] = "gpt_neox.embed_in",
        [ParameterRole.AttentionInputNorm] = "gpt_neox.layers.{0}.input_layernorm",
        [ParameterRole.Query] = new("gpt_neox.layers.{0}.attention.query_key_value", Fusion.QueryKeyValuePerHead),
        [ParameterRole.Key] = new("gpt_neox.layers.{0}.attention.query_key_value", Fusion.QueryKeyValuePerHead),
        [ParameterRole.Value] = new("gpt_neox.layers.{0}.attention.query_key_value", Fusion.QueryKeyValuePerHead),
        [ParameterRole.Output] = "gpt_neox.layers.{0}.attention.dense",
        [ParameterRole.FfnInputNorm] = "gpt_neox.layers.{0}.post_attention_layernorm",
        [ParameterRole.Up] = "gpt_neox.layers.{0}.mlp.dense_h_to_4h",
        [ParameterRole.Down] = "gpt_neox.layers.{0}.mlp.dense_4h_to_h",
        [ParameterRole.AttentionShortcut] = "gpt_neox.layers.{0}.attention_shortcut",
        [ParameterRole.FfnShortcut] = "gpt_neox.layers.{0}.ffn_shortcut",
        [ParameterRole.FinalNorm] = "gpt_neox.final_layer_norm",
        [ParameterRole.Head] = "embed_out",
    };

    internal override IReadOnlyDictionary<ParameterRole, ModuleName> GgufNames => GgufTensorNames.FusedQueryKeyValue;

    internal override void ReadGguf(GgufSource source, JsonObject json)
    {
        json[Keys.Activation] = "gelu";
        json["attention_bias"] = source.AnyBlockHas("attn_qkv.bias");
        json["use_parallel_residual"] = source.Flag("use_parallel_residual", true);
    }

    internal override void WriteGguf(ModelConfig config, GgufTarget target)
    {
        target.Add("use_parallel_residual", config.ParallelResidual);
        if (!config.QueryKeyValueBias) throw new ExportException("llama.cpp runs no gpt_neox model without attention biases; export to a folder instead");
        if (config.Activation == ActivationKind.Gelu) target.Warnings.Add("llama.cpp uses the tanh form of GELU here, this model the exact one: logits will differ slightly");
        else if (config.Activation != ActivationKind.GeluTanh) throw new ExportException($"llama.cpp runs this family with GELU only, the model has {config.Activation}");
    }

    internal override ModelConfig Read(ConfigReader config)
    {
        var bias = config.Flag("attention_bias", true);
        return ReadStandard(config) with
        {
            Norm = NormKind.LayerNorm,
            ParallelResidual = config.Flag("use_parallel_residual", true),
            Activation = Activations.Parse(config, Keys.Activation, ActivationKind.Gelu),
            QueryKeyValueBias = bias,
            AttentionOutputBias = bias,
            FfnBias = true,
        };
    }
}
