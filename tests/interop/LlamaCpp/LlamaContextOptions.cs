namespace Pare.Interop;

/// <summary>How llama.cpp is to compute.</summary>
internal sealed record LlamaContextOptions
{
    /// <summary>Positions of the KV cache.</summary>
    public int ContextLength { get; init; } = 512;

    /// <summary>Most tokens of one <see cref="LlamaContext.Decode"/>; 0 takes <see cref="ContextLength"/>.</summary>
    public int BatchSize { get; init; }

    /// <summary>Tokens computed at once.</summary>
    public int MicroBatchSize { get; init; } = 512;

    /// <summary>Threads. ggml's threads spin while they wait for one another: on a busy machine one is faster than several.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Fused attention; its cache may be of any type.</summary>
    public bool FlashAttention { get; init; }

    /// <summary>Type of the keys and values kept.</summary>
    public GgmlType CacheType { get; init; } = GgmlType.F16;

    /// <summary>Keep a pool of threads alive, each on a processor of its own, instead of starting threads for every graph.</summary>
    public bool PinnedThreads { get; init; }
}
