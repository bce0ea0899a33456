using Pare.Interop;
using Pare.TestSupport;

namespace Pare.Benchmarks.Comparison;

/// <summary>llama.cpp with a pool of threads that stays alive, thread i on processor i: its own best case on a quiet machine.</summary>
internal sealed class LlamaEngine : IComparedEngine
{
    private readonly LlamaModel _model;
    private readonly LlamaContext _context;

    /// <param name="path">A GGUF file.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="contextLength">Positions of the cache.</param>
    /// <param name="flashAttention">Whether attention is fused.</param>
    /// <param name="processor">ggml's name of the processors whose backend computes; null for the best of this one.</param>
    /// <param name="pinned">Threads that stay alive, each on a processor of its own; else as ggml starts them by itself.</param>
    public LlamaEngine(string path, int threads, int contextLength, bool flashAttention, string? processor = null, bool pinned = true)
    {
        LlamaLibrary.Load(SharedFiles.Repository, processor);
        _model = LlamaModel.Open(path);
        var options = new LlamaContextOptions { ContextLength = contextLength, Threads = threads, FlashAttention = flashAttention, PinnedThreads = pinned };
        _context = _model.CreateContext(options);
        Settings = $"llama.cpp {LlamaLibrary.Version} (npm @node-llama-cpp/linux-x64), {(processor is null ? "" : $"backend {processor}, ")}{threads} {(pinned ? "pinned" : "free")} threads, KV {options.CacheType}, flash attention {(flashAttention ? "on" : "off")}, micro-batch {options.MicroBatchSize}, repacking on";
    }

    public string Settings { get; }

    public int VocabularySize => _model.VocabularySize;

    /// <remarks>All weights, the embedding table included even where it is no output head.</remarks>
    public long BytesPerToken => _model.WeightBytes;

    public ReadOnlySpan<float> LastLogits => _context.Logits(_context.LastCount - 1);

    public void Prefill(ReadOnlySpan<int> tokens)
    {
        _context.Clear();
        _context.Decode(tokens, allLogits: false);
    }

    public void Decode(int token) => _context.Decode([token], allLogits: false);

    public void Truncate(int position) => _context.Truncate(position);

    public void Rest() => _context.PauseThreads();

    public void Dispose()
    {
        _context.Dispose();
        _model.Dispose();
    }
}
