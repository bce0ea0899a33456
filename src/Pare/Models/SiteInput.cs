namespace Pare.Models;

/// <summary>The activations that a linear site reads.</summary>
public enum SiteInput
{
    /// <summary>The block's (normed) input to attention: query, key and value.</summary>
    Attention,
    /// <summary>The attention's weighted values: output projection.</summary>
    AttentionValues,
    /// <summary>The block's (normed) input to the feed-forward network: gate and up.</summary>
    Ffn,
    /// <summary>The activated neurons: down projection.</summary>
    Neurons,
}
