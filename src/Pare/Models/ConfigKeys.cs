namespace Pare.Models;

/// <summary>Under which keys a family's Hugging Face configuration holds its shapes.</summary>
internal sealed record ConfigKeys
{
    public string HiddenSize { get; init; } = "hidden_size";
    public string Layers { get; init; } = "num_hidden_layers";
    public string Heads { get; init; } = "num_attention_heads";
    public string? KeyValueHeads { get; init; } = "num_key_value_heads";
    public string? HeadSize { get; init; } = "head_dim";
    public string FfnSize { get; init; } = "intermediate_size";
    public string MaxPositions { get; init; } = "max_position_embeddings";
    public string Activation { get; init; } = "hidden_act";
    public string NormEpsilon { get; init; } = "rms_norm_eps";
}
