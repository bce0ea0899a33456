using System.Runtime.InteropServices;

namespace Pare.Interop;

/// <summary><c>llama_model_params</c>: only the fields that are set here have names; the rest keep the bytes of the library's defaults.</summary>
[StructLayout(LayoutKind.Explicit, Size = 80)]
internal struct LlamaModelParams
{
    [FieldOffset(16)] public int GpuLayers;
    [FieldOffset(24)] public int LoadMode;
    [FieldOffset(72)] public byte VocabularyOnly;
    [FieldOffset(73)] public byte CheckTensors;
    [FieldOffset(74)] public byte UseExtraBufferTypes;
}

/// <summary><c>llama_context_params</c>: only the fields that are set here have names.</summary>
[StructLayout(LayoutKind.Explicit, Size = 160)]
internal struct LlamaContextParams
{
    [FieldOffset(0)] public uint ContextLength;
    [FieldOffset(4)] public uint BatchSize;
    [FieldOffset(8)] public uint MicroBatchSize;
    [FieldOffset(12)] public uint Sequences;
    [FieldOffset(20)] public uint MostOutputs;
    [FieldOffset(24)] public uint MostOutputsPerSequence;
    [FieldOffset(28)] public int Threads;
    [FieldOffset(32)] public int BatchThreads;
    [FieldOffset(52)] public int FlashAttention;
    [FieldOffset(104)] public GgmlType KeyType;
    [FieldOffset(108)] public GgmlType ValueType;
    [FieldOffset(130)] public byte NoPerformance;
    [FieldOffset(132)] public byte FullSlidingCache;
}

/// <summary><c>llama_model_quantize_params</c>: only the fields that are set here have names.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct LlamaQuantizeParams
{
    [FieldOffset(0)] public int Threads;
    [FieldOffset(4)] public LlamaFileType FileType;
    [FieldOffset(8)] public GgmlType OutputType;
    [FieldOffset(12)] public GgmlType EmbeddingType;
    [FieldOffset(16)] public byte AllowRequantize;
    [FieldOffset(17)] public byte QuantizeOutput;
    [FieldOffset(19)] public byte Pure;
}

/// <summary><c>llama_batch</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LlamaBatch
{
    public int Count;
    public int* Tokens;
    public float* Embeddings;
    public int* Positions;
    public int* SequenceCounts;
    public int** Sequences;
    public byte* Outputs;
}

/// <summary><c>llama_perf_context_data</c>: milliseconds and counts since the last reset.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LlamaPerformance
{
    public double StartMilliseconds;
    public double LoadMilliseconds;
    public double PromptMilliseconds;
    public double GenerationMilliseconds;
    public int PromptTokens;
    public int GeneratedTokens;
    public int ReusedGraphs;
}

/// <summary><c>ggml_threadpool_params</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GgmlThreadPoolParams
{
    public const int MostThreads = 512;

    public fixed byte Processors[MostThreads];
    public int Threads;
    public int Priority;
    public uint Polling;
    public byte StrictProcessors;
    public byte Paused;
}

/// <summary><c>ggml_type_traits</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GgmlTypeTraits
{
    public byte* Name;
    public long BlockSize;
    public long BlockInterleave;
    public nuint TypeSize;
    public byte IsQuantized;
    public delegate* unmanaged[Cdecl]<void*, float*, long, void> ToFloat;
    public delegate* unmanaged[Cdecl]<float*, void*, long, void> FromFloatReference;
}
