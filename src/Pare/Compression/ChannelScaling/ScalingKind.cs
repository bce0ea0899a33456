namespace Pare.Compression;

/// <summary>Between which weights a set of factors moves.</summary>
internal enum ScalingKind
{
    /// <summary>From the norm before attention into query, key and value.</summary>
    AttentionInput,

    /// <summary>From the norm before the feed-forward network into gate and up.</summary>
    FfnInput,

    /// <summary>From up into down.</summary>
    Neuron,

    /// <summary>From value into the attention's output projection.</summary>
    Value,
}
