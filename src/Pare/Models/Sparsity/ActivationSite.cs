namespace Pare.Models;

/// <summary>A place in a block whose activations may be set to zero where they are small.</summary>
public enum ActivationSite
{
    /// <summary>What query, key and value read (<c>qkv-in</c>).</summary>
    AttentionInput,
    /// <summary>What the attention's output projection reads (<c>o-in</c>).</summary>
    AttentionValues,
    /// <summary>What gate and up read (<c>mlp-in</c>).</summary>
    FfnInput,
    /// <summary>What the gate projection gives, before the activation (<c>gate</c>). Gated networks only.</summary>
    Gate,
    /// <summary>The activated gate (<c>act</c>). Gated networks only.</summary>
    Activation,
    /// <summary>What the up projection gives (<c>up</c>).</summary>
    Up,
    /// <summary>The neurons, which the down projection reads (<c>down-in</c>): act(gate) · up, or act(up).</summary>
    Neurons,
    /// <summary>What the down projection gives (<c>down</c>).</summary>
    Down,
}
