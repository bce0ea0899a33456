namespace Pare.Models;

/// <summary>Whether and how queries and keys are normalised before the rotation.</summary>
public enum QueryKeyNormKind
{
    /// <summary>Not at all.</summary>
    None,
    /// <summary>Every head by itself, one weight vector of the head's width shared by all heads (Qwen3, Gemma 3).</summary>
    PerHead,
    /// <summary>All heads of a token together, one weight per channel (OLMo-2).</summary>
    AllHeads,
}
