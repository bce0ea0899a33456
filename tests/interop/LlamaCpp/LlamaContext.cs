using Pare.Numerics;

namespace Pare.Interop;

/// <summary>One sequence in llama.cpp: a KV cache and the logits of the last <see cref="Decode"/>.</summary>
internal sealed unsafe class LlamaContext : IDisposable
{
    private readonly GgmlThreadPool? _pool;
    private readonly int _vocabularySize;
    private readonly int _batchSize;
    private nint _handle;
    private bool _allLogits;

    internal LlamaContext(LlamaModel model, LlamaContextOptions options)
    {
        _vocabularySize = model.VocabularySize;
        _batchSize = options.BatchSize == 0 ? options.ContextLength : options.BatchSize;
        var parameters = LlamaNative.DefaultContextParams();
        parameters.ContextLength = (uint)options.ContextLength;
        parameters.BatchSize = (uint)_batchSize;
        parameters.MicroBatchSize = (uint)Math.Min(options.MicroBatchSize, _batchSize);
        parameters.Sequences = 1;
        // Logits of every position: the defaults allow one output for each sequence.
        parameters.MostOutputs = (uint)_batchSize;
        parameters.MostOutputsPerSequence = (uint)_batchSize;
        parameters.Threads = options.Threads;
        parameters.BatchThreads = options.Threads;
        parameters.FlashAttention = options.FlashAttention ? 1 : 0;
        parameters.KeyType = options.CacheType;
        parameters.ValueType = options.CacheType;
        parameters.NoPerformance = 0;
        LlamaLog.Clear();
        _handle = LlamaNative.CreateContext(model.Handle, parameters);
        if (_handle == 0) throw LlamaException.WithLog("llama.cpp does not create a context:");
        if (!options.PinnedThreads) return;
        _pool = new GgmlThreadPool(options.Threads);
        LlamaNative.AttachThreadPool(_handle, _pool.Handle, _pool.Handle);
    }

    /// <summary>Tokens in the cache.</summary>
    public int Position { get; private set; }

    /// <summary>Tokens of the last <see cref="Decode"/>.</summary>
    public int LastCount { get; private set; }

    /// <summary>llama.cpp's own timing since <see cref="ResetPerformance"/>.</summary>
    public LlamaPerformance Performance => LlamaNative.Performance(_handle);

    /// <summary>Appends tokens and computes the logits of all of them, or of the last.</summary>
    /// <param name="tokens">Token ids, at most the context's batch size.</param>
    /// <param name="allLogits">Logits of every position; else of the last only.</param>
    /// <exception cref="LlamaException">llama.cpp refused.</exception>
    public void Decode(ReadOnlySpan<int> tokens, bool allLogits)
    {
        if (tokens.Length == 0 || tokens.Length > _batchSize) throw new ArgumentOutOfRangeException(nameof(tokens), tokens.Length, $"1 to {_batchSize} tokens at once");
        var outputs = new byte[tokens.Length];
        if (allLogits) Array.Fill(outputs, (byte)1);
        outputs[^1] = 1;
        LlamaLog.Clear();
        var affinity = _pool is null ? null : ThreadAffinity.Current();
        if (_pool is not null) ThreadAffinity.Only(_pool.CallerProcessor).Apply();
        fixed (int* ids = tokens)
        fixed (byte* flags = outputs)
        {
            var batch = new LlamaBatch { Count = tokens.Length, Tokens = ids, Outputs = flags };
            var status = LlamaNative.Decode(_handle, batch);
            LlamaNative.Synchronize(_handle);
            affinity?.Apply();
            if (status != 0) throw LlamaException.WithLog($"llama.cpp does not decode {tokens.Length} tokens at position {Position} (status {status}):");
        }

        Position += tokens.Length;
        LastCount = tokens.Length;
        _allLogits = allLogits;
    }

    /// <summary>Logits [vocabulary] of a token of the last <see cref="Decode"/>, valid until the next.</summary>
    /// <param name="index">Index of the token within that call.</param>
    public ReadOnlySpan<float> Logits(int index)
    {
        if (index < 0 || index >= LastCount || (!_allLogits && index != LastCount - 1)) throw new ArgumentOutOfRangeException(nameof(index), index, "no logits were asked for there");
        var logits = LlamaNative.LogitsAt(_handle, index);
        return logits is null ? throw LlamaException.WithLog($"llama.cpp has no logits of token {index}:") : new ReadOnlySpan<float>(logits, _vocabularySize);
    }

    /// <summary>Empties the cache.</summary>
    public void Clear()
    {
        LlamaNative.ClearMemory(LlamaNative.Memory(_handle), 0);
        Position = 0;
        LastCount = 0;
    }

    /// <summary>Forgets everything from a position on.</summary>
    public void Truncate(int position)
    {
        if (position < 0 || position > Position) throw new ArgumentOutOfRangeException(nameof(position), position, $"0 to {Position}");
        if (LlamaNative.RemoveFromMemory(LlamaNative.Memory(_handle), 0, position, -1) == 0) throw LlamaException.WithLog($"llama.cpp cannot cut its cache at {position}:");
        Position = position;
        LastCount = 0;
    }

    /// <summary>Puts the pinned threads to sleep until the next <see cref="Decode"/>; they would spin for a while else.</summary>
    public void PauseThreads() => _pool?.Pause();

    /// <summary>Starts <see cref="Performance"/> anew.</summary>
    public void ResetPerformance() => LlamaNative.ResetPerformance(_handle);

    public void Dispose()
    {
        if (_handle == 0) return;
        if (_pool is not null) LlamaNative.DetachThreadPool(_handle);
        LlamaNative.FreeContext(_handle);
        _pool?.Dispose();
        _handle = 0;
    }
}
