using System.Text.Json.Nodes;
using Pare.Models.Gguf;

namespace Pare.Models.Architectures;

/// <summary>GPT-2: learned positions, fused query-key-value, matrices stored as [inputs, outputs].</summary>
internal sealed class Gpt2 : Architecture
{
    public override string ModelType => "gpt2";

    public override string ClassName => "GPT2LMHeadModel";

    public override string? GgufName => "gpt2";

    internal override PositionKind Position => PositionKind.Learned;

    internal override bool TiesByDefault => true;

    internal override bool Gated => false;

    internal override ConfigKeys Keys { get; } = new()
    {
        HiddenSize = "n_embd",
        Layers = "n_layer",
        Heads = "n_head",
        KeyValueHeads = null,
        HeadSize = null,
        FfnSize = "n_inner",
        MaxPositions = "n_positions",
        Activation = "activation_function",
        NormEpsilon = "layer_norm_epsilon",
    };

    internal override IReadOnlyDictionary<ParameterRole, ModuleName> HuggingFaceNames { get; } = new Dictionary<ParameterRole, ModuleName>
    {
        [ParameterRole.TokenEmbedding] = "transformer.wte",
        [ParameterRole.PositionEmbedding] = "transformer.wpe",
        [ParameterRole.AttentionInputNorm] = "transformer.h.{0}.ln_1",
        [ParameterRole.Query] = Conv("transformer.h.{0}.attn.c_attn", Fusion.QueryKeyValue),
        [ParameterRole.Key] = Conv("transformer.h.{0}.attn.c_attn", Fusion.QueryKeyValue),
        [ParameterRole.Value] = Conv("transformer.h.{0}.attn.c_attn", Fusion.QueryKeyValue),
        [ParameterRole.Output] = Conv("transformer.h.{0}.attn.c_proj"),
        [ParameterRole.FfnInputNorm] = "transformer.h.{0}.ln_2",
        [ParameterRole.Up] = Conv("transformer.h.{0}.mlp.c_fc"),
        [ParameterRole.Down] = Conv("transformer.h.{0}.mlp.c_proj"),
        [ParameterRole.AttentionShortcut] = "transformer.h.{0}.attention_shortcut",
        [ParameterRole.FfnShortcut] = "transformer.h.{0}.ffn_shortcut",
        [ParameterRole.FinalNorm] = "transformer.ln_f",
        [ParameterRole.Head] = "lm_head",
    };

    internal override IReadOnlyDictionary<ParameterRole, ModuleName> GgufNames => GgufTensorNames.FusedQueryKeyValue;

    internal override int DefaultFfnSize(ConfigReader config, int hidden) => 4 * hidden;

    internal override void ReadGguf(GgufSource source, JsonObject json)
    {
        json[Keys.Activation] = "gelu_new";
    }

    internal override ModelConfig Read(ConfigReader config)
    {
        if (!config.Flag("scale_attn_weights", true) || config.Flag("scale_attn_by_inverse_layer_idx", false))
            throw config.Problem("scale_attn_weights", "only attention scaled by 1/√(head size) is supported");
        return ReadStandard(config) with
        {
            Norm = NormKind.LayerNorm,
            Activation = Activations.Parse(config, Keys.Activation, ActivationKind.GeluTanh),
            QueryKeyValueBias = true,
            AttentionOutputBias = true,
            FfnBias = true,
        };
    }

    private static ModuleName Conv(string template, Fusion fusion = Fusion.None) => new(template, fusion) { Transposed = true };
}
