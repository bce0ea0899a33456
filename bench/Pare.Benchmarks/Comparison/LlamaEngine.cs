using Pare.Interop;
using Pare.TestSupport;

namespace Pare.Benchmarks.Comparison;

/// <summary>llama.cpp with a pool of threads that stays alive, thread i on processor i: its own best case on a quiet machine.</summary>
internal sealed class LlamaEngine : IComparedEngine
{
    private readonly LlamaModel _model;
    private readonly LlamaContext _context;

    public LlamaEngine(string path, int threads, int contextLength, bool flashAttention)
    {
        LlamaLibrary.Load(SharedFiles.Repository);
        _model = LlamaModel.Open(path);
        var options = new LlamaContextOptions { ContextLength = contextLength, Threads = threads, FlashAttention = flashAttention, PinnedThreads = true };
        _context = _model.CreateContext(options);
        Settings = $"llama.cpp {LlamaLibrary.Version} (npm @node-llama-cpp/linux-x64), {threads} pinned threads, KV {options.CacheType}, flash attention {(flashAttention ? "on" : "off")}, micro-batch {options.MicroBatchSize}, repacking on";
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
