namespace Pare.Models.Architectures;

/// <summary>GGUF's names of the roles.</summary>
internal static class GgufTensorNames
{
    public static readonly IReadOnlyDictionary<ParameterRole, ModuleName> Standard = new Dictionary<ParameterRole, ModuleName>
    {
        [ParameterRole.TokenEmbedding] = "token_embd",
        [ParameterRole.PositionEmbedding] = "position_embd",
        [ParameterRole.AttentionInputNorm] = "blk.{0}.attn_norm",
        [ParameterRole.Query] = "blk.{0}.attn_q",
        [ParameterRole.Key] = "blk.{0}.attn_k",
        [ParameterRole.Value] = "blk.{0}.attn_v",
        [ParameterRole.QueryNorm] = "blk.{0}.attn_q_norm",
        [ParameterRole.KeyNorm] = "blk.{0}.attn_k_norm",
        [ParameterRole.Output] = "blk.{0}.attn_output",
        [ParameterRole.AttentionOutputNorm] = "blk.{0}.post_attention_norm",
        [ParameterRole.FfnInputNorm] = "blk.{0}.ffn_norm",
        [ParameterRole.Gate] = "blk.{0}.ffn_gate",
        [ParameterRole.Up] = "blk.{0}.ffn_up",
        [ParameterRole.Down] = "blk.{0}.ffn_down",
        [ParameterRole.FfnOutputNorm] = "blk.{0}.post_ffw_norm",
        [ParameterRole.FinalNorm] = "output_norm",
        [ParameterRole.Head] = "output",
    };

    /// <summary>With the rotary pairs of queries and keys side by side, as llama.cpp's rotation for these families has them.</summary>
    public static readonly IReadOnlyDictionary<ParameterRole, ModuleName> RotaryInterleaved = Standard.With(
        (ParameterRole.Query, new ModuleName("blk.{0}.attn_q") { RotaryInterleaved = true }),
        (ParameterRole.Key, new ModuleName("blk.{0}.attn_k") { RotaryInterleaved = true }));

    /// <summary>With query, key and value in one tensor.</summary>
    public static readonly IReadOnlyDictionary<ParameterRole, ModuleName> FusedQueryKeyValue = Standard.With(
        (ParameterRole.Query, new ModuleName("blk.{0}.attn_qkv", Fusion.QueryKeyValue)),
        (ParameterRole.Key, new ModuleName("blk.{0}.attn_qkv", Fusion.QueryKeyValue)),
        (ParameterRole.Value, new ModuleName("blk.{0}.attn_qkv", Fusion.QueryKeyValue)));

    /// <summary>With 1 added to every norm weight, as Gemma's files have it.</summary>
    public static readonly IReadOnlyDictionary<ParameterRole, ModuleName> OffsetNorms = Standard.With(
        [.. Standard.Where(entry => entry.Key.IsNorm()).Select(entry => (entry.Key, entry.Value with { Offset = 1 }))]);
}
