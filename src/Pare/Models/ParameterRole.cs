namespace Pare.Models;

/// <summary>What a parameter of a decoder-only transformer does, the same for every family.</summary>
public enum ParameterRole
{
    /// <summary>[vocabulary, embedding] table of token embeddings.</summary>
    TokenEmbedding,
    /// <summary>[positions, hidden] table of learned positions.</summary>
    PositionEmbedding,
    /// <summary>[hidden, embedding] projection behind the embeddings (OPT-350m).</summary>
    EmbeddingProjection,
    /// <summary>Norm before attention.</summary>
    AttentionInputNorm,
    /// <summary>[heads · head size, hidden] query projection.</summary>
    Query,
    /// <summary>[key-value heads · head size, hidden] key projection.</summary>
    Key,
    /// <summary>[key-value heads · head size, hidden] value projection.</summary>
    Value,
    /// <summary>Norm of the queries.</summary>
    QueryNorm,
    /// <summary>Norm of the keys.</summary>
    KeyNorm,
    /// <summary>[hidden, heads · head size] output projection of attention.</summary>
    Output,
    /// <summary>Norm on what attention adds, before it is added.</summary>
    AttentionOutputNorm,
    /// <summary>Norm on the residual stream after attention was added.</summary>
    AttentionResidualNorm,
    /// <summary>[hidden, hidden] map of the stream past attention, into the basis in which attention's output is added; only where the stream changes its basis.</summary>
    AttentionShortcut,
    /// <summary>Norm before the feed-forward network.</summary>
    FfnInputNorm,
    /// <summary>[neurons, hidden] gate projection.</summary>
    Gate,
    /// <summary>[neurons, hidden] up projection.</summary>
    Up,
    /// <summary>[hidden, neurons] down projection.</summary>
    Down,
    /// <summary>Norm on what the feed-forward network adds, before it is added.</summary>
    FfnOutputNorm,
    /// <summary>Norm on the residual stream after the feed-forward network was added.</summary>
    FfnResidualNorm,
    /// <summary>[hidden, hidden] map of the stream past the feed-forward network, into the basis in which the network's output is added.</summary>
    FfnShortcut,
    /// <summary>Norm behind the last block.</summary>
    FinalNorm,
    /// <summary>[embedding, hidden] projection before the head (OPT-350m).</summary>
    HeadProjection,
    /// <summary>[vocabulary, embedding] output head.</summary>
    Head,
}
