namespace Pare.Models.Architectures;

/// <summary>Hugging Face's names where a family follows Llama.</summary>
internal static class TensorNames
{
    public static readonly IReadOnlyDictionary<ParameterRole, ModuleName> Llama = new Dictionary<ParameterRole, ModuleName>
    {
        [ParameterRole.TokenEmbedding] = "model.embed_tokens",
        [ParameterRole.AttentionInputNorm] = "model.layers.{0}.input_layernorm",
        [ParameterRole.Query] = "model.layers.{0}.self_attn.q_proj",
        [ParameterRole.Key] = "model.layers.{0}.self_attn.k_proj",
        [ParameterRole.Value] = "model.layers.{0}.self_attn.v_proj",
        [ParameterRole.QueryNorm] = "model.layers.{0}.self_attn.q_norm",
        [ParameterRole.KeyNorm] = "model.layers.{0}.self_attn.k_norm",
        [ParameterRole.Output] = "model.layers.{0}.self_attn.o_proj",
        [ParameterRole.FfnInputNorm] = "model.layers.{0}.post_attention_layernorm",
        [ParameterRole.Gate] = "model.layers.{0}.mlp.gate_proj",
        [ParameterRole.Up] = "model.layers.{0}.mlp.up_proj",
        [ParameterRole.Down] = "model.layers.{0}.mlp.down_proj",
        [ParameterRole.AttentionShortcut] = "model.layers.{0}.attention_shortcut",
        [ParameterRole.FfnShortcut] = "model.layers.{0}.ffn_shortcut",
        [ParameterRole.FinalNorm] = "model.norm",
        [ParameterRole.Head] = "lm_head",
    };

    /// <summary>The table with some entries replaced.</summary>
    public static IReadOnlyDictionary<ParameterRole, ModuleName> With(
        this IReadOnlyDictionary<ParameterRole, ModuleName> table, params (ParameterRole Role, ModuleName Name)[] changes)
    {
        var result = new Dictionary<ParameterRole, ModuleName>(table);
        foreach (var (role, name) in changes) result[role] = name;
        return result;
    }
}
