namespace Pare.Models.Architectures;

/// <summary>OPT (Zhang et al. 2022, arXiv 2205.01068), with norms before the sub-layers or, as in OPT-350m, behind the residuals.</summary>
internal sealed class Opt : Architecture
{
    public override string ModelType => "opt";

    public override string ClassName => "OPTForCausalLM";

    public override string? GgufName => null;

    internal override PositionKind Position => PositionKind.Learned;

    internal override bool TiesByDefault => true;

    internal override bool Gated => false;

    internal override ConfigKeys Keys { get; } = new()
    {
        KeyValueHeads = null,
        HeadSize = null,
        FfnSize = "ffn_dim",
        Activation = "activation_function",
        NormEpsilon = "layer_norm_eps",
    };

    internal override IReadOnlyDictionary<ParameterRole, ModuleName> HuggingFaceNames { get; } = new Dictionary<ParameterRole, ModuleName>
    {
        [ParameterRole.TokenEmbedding] = "model.decoder.embed_tokens",
        [ParameterRole.PositionEmbedding] = "model.decoder.embed_positions",
        [ParameterRole.EmbeddingProjection] = "model.decoder.project_in",
        [ParameterRole.AttentionInputNorm] = "model.decoder.layers.{0}.self_attn_layer_norm",
        [ParameterRole.AttentionResidualNorm] = "model.decoder.layers.{0}.self_attn_layer_norm",
        [ParameterRole.Query] = "model.decoder.layers.{0}.self_attn.q_proj",
        [ParameterRole.Key] = "model.decoder.layers.{0}.self_attn.k_proj",
        [ParameterRole.Value] = "model.decoder.layers.{0}.self_attn.v_proj",
        [ParameterRole.Output] = "model.decoder.layers.{0}.self_attn.out_proj",
        [ParameterRole.FfnInputNorm] = "model.decoder.layers.{0}.final_layer_norm",
        [ParameterRole.FfnResidualNorm] = "model.decoder.layers.{0}.final_layer_norm",
        [ParameterRole.Up] = "model.decoder.layers.{0}.fc1",
        [ParameterRole.Down] = "model.decoder.layers.{0}.fc2",
        [ParameterRole.AttentionShortcut] = "model.decoder.layers.{0}.attention_shortcut",
        [ParameterRole.FfnShortcut] = "model.decoder.layers.{0}.ffn_shortcut",
        [ParameterRole.FinalNorm] = "model.decoder.final_layer_norm",
        [ParameterRole.HeadProjection] = "model.decoder.project_out",
        [ParameterRole.Head] = "lm_head",
    };

    internal override ModelConfig Read(ConfigReader config)
    {
        var before = config.Flag("do_layer_norm_before", true);
        var bias = config.Flag("enable_bias", true);
        if (!config.Flag("layer_norm_elementwise_affine", true))
            throw config.Problem("layer_norm_elementwise_affine", "norms without weights are not supported");
        var standard = ReadStandard(config);
        return standard with
        {
            Norm = NormKind.LayerNorm,
            NormPlacement = before ? NormPlacement.Before : NormPlacement.AfterResidual,
            HasFinalNorm = before && !config.Flag("_remove_final_layer_norm", false),
            EmbeddingSize = config.Size("word_embed_proj_dim", standard.HiddenSize),
            Activation = Activations.Parse(config, Keys.Activation, ActivationKind.Relu),
            PositionOffset = 2,
            QueryKeyValueBias = bias,
            AttentionOutputBias = bias,
            FfnBias = bias,
        };
    }
}
