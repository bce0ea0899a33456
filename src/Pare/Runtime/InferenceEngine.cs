using Pare.Formats;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Runs a model: prefill and decode with a cache of keys and values. Not for concurrent use; make one engine per concurrent caller.</summary>
/// <remarks>Weights stay mapped in their stored format, or are laid out anew (<see cref="ActivationPrecision.Int8"/>). Results depend neither on the number of threads nor on the instruction set.</remarks>
public sealed unsafe class InferenceEngine : IDisposable
{
    // Tokens whose logits are computed at once with a packed head.
    private const int HeadTokens = 64;

    private readonly Model _model;
    private readonly EngineOptions _options;
    private readonly DecoderBlock[] _blocks;
    private readonly Embedding _embedding;
    private readonly NormWeights? _finalNorm;
    private readonly Linear? _headProjection;
    private readonly Linear _head;
    private readonly BlockRunner _runner;
    private readonly ActivationFilter? _filter;
    private readonly NeuronPrediction? _prediction;
    private readonly NeuronPrediction? _foresight;
    private readonly PagedNeurons? _paged;
    private readonly NativeBuffer<float>? _projected;
    private readonly NativeBuffer<byte>? _packedWeights;
    private readonly Int8Rows? _headInput;
    private readonly int _chunk;
    private Workspace? _workspace;
    private SequenceRows[] _sequences = [];
    private bool _disposed;

    /// <summary>Prepares a model for running.</summary>
    /// <param name="model">The model; it has to stay open as long as the engine is used.</param>
    /// <param name="options">Threads and memory; null takes the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public InferenceEngine(Model model, EngineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _options = options ?? new EngineOptions();
        if (_options.KvCacheType is not (ElementType.F32 or ElementType.F16 or ElementType.Q8_0))
            throw new ArgumentException($"keys and values can be kept as F32, F16 or Q8_0, not as {_options.KvCacheType}", nameof(options));
        if (_options.KvCacheType == ElementType.Q8_0 && Config.Layers.FirstOrDefault(layer => layer is { HasAttention: true } && layer.HeadSize % 32 != 0) is { } odd)
            throw new ArgumentException($"keys and values as Q8_0 need heads of a multiple of 32 channels, and this model's have {odd.HeadSize}; keep them as F16", nameof(options));
        Thresholds = _options.Thresholds ?? model.ActivationSparsity;
        if (Thresholds?.Sites.Any() == false) Thresholds = null;
        if (_options.PredictsNeurons && Thresholds?.HasPredictors != true)
            throw new ArgumentException("the model has no predictors of neurons; make it with pare compress --method activation-sparsity --group 8 --predictor RANK", nameof(options));
        if (Thresholds?.FindMisfit(Config) is { } misfit) throw new ArgumentException(misfit, nameof(options));
        if (_options.MemoryBytes is not null && !Quantizes)
            throw new ArgumentException("a memory limit for weights needs activations in int8 (--activations int8): bundles of neurons are packed for them", nameof(options));
        _blocks = [.. Enumerable.Range(0, Config.Layers.Count).Select(i => new DecoderBlock(model, i))];
        _embedding = new Embedding(model);
        if (Config.HasFinalNorm)
        {
            _finalNorm = new NormWeights(model.GetWeight(new ParameterId(ParameterRole.FinalNorm)),
                model.FindWeight(new ParameterId(ParameterRole.FinalNorm, IsBias: true)), Config.Norm, Config.NormEpsilon, Config.NormWeightOffset);
        }

        if (model.FindWeight(new ParameterId(ParameterRole.HeadProjection)) is { } projection)
        {
            _headProjection = new Linear(projection, null);
            _projected = new NativeBuffer<float>((long)Linear.FewTokens * Config.EmbeddingSize);
        }

        _head = new Linear(model.GetWeight(new ParameterId(ParameterRole.Head)), model.FindWeight(new ParameterId(ParameterRole.Head, IsBias: true)));
        // Last, since nothing would stop its threads if the constructor failed.
        Pool = new ComputePool(_options.Threads, _options.PinsThreads);
        if (Thresholds is not null || Config.Activation == ActivationKind.Relu) _filter = new ActivationFilter(Config, Thresholds, Pool);
        var skips = Quantizes && _options.SkipsZeros && ActivityLayout.Choose(Config, Thresholds, _blocks, _options.PredictsNeurons, _options.SkipsAlways || _options.MemoryBytes is not null);
        try
        {
            if (_options.PredictsNeurons) _prediction = new NeuronPrediction(Thresholds!);
            if (_options.MemoryBytes is { } limit)
            {
                _foresight = _prediction ?? (skips && Thresholds?.HasPredictors == true ? new NeuronPrediction(Thresholds) : null);
                _paged = Page(limit);
            }
        }
        catch
        {
            Dispose();
            throw;
        }

        _runner = new BlockRunner(Config, Pool) { Stage = _filter, Skips = skips, Prediction = _prediction, Paged = _paged, Foresight = _foresight, Blocks = _blocks };
        _chunk = (int)Math.Clamp(_options.ActivationBytes / Workspace.BytesPerToken(Config, Quantizes), 64, 2048);
        if (_options.Activations == ActivationPrecision.Matched)
        {
            foreach (var map in Maps()) map.MatchActivations();
        }

        if (!Quantizes) return;
        try
        {
            _packedWeights = PackedWeights.Pack(Pool, [.. ResidentMaps()]);
            _headInput = new Int8Rows(HeadTokens, Math.Max(Config.HiddenSize, Config.EmbeddingSize));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The model's configuration.</summary>
    public ModelConfig Config => _model.Config;

    /// <summary>How the inputs of matrices in block formats are multiplied.</summary>
    public ActivationPrecision Activations => _options.Activations;

    /// <summary>How keys and values are kept.</summary>
    public ElementType KvCacheType => _options.KvCacheType;

    /// <summary>Thresholds below which activations are set to zero, or null where there are none.</summary>
    public ActivationSparsity? Thresholds { get; }

    /// <summary>Whether only those neurons count that predictors foresee.</summary>
    internal bool PredictsNeurons => _prediction is not null;

    /// <summary>Zeros among the activations since the engine was made, or since <see cref="ResetActivity"/>: of the sites with thresholds, and of the neurons of models that have thresholds or ReLU.</summary>
    /// <returns>A record a site; empty where nothing is counted.</returns>
    public IReadOnlyList<SiteSparsity> CountedSparsity() => _filter?.Counted() ?? [];

    /// <summary>How good predictions have been since <see cref="ResetActivity"/>, on tokens that were run together; null where nothing is predicted.</summary>
    /// <returns>The shares, or null.</returns>
    public PredictionCounts? CountedPrediction() => _prediction?.Counted();

    /// <summary>What has been fetched from disk since <see cref="ResetActivity"/>; null where all weights are in memory.</summary>
    /// <returns>The counts, or null.</returns>
    public FetchCounts? CountedFetches() => _paged?.Counts;

    /// <summary>Forgets the zeros, bytes and fetches counted so far.</summary>
    public void ResetActivity()
    {
        _paged?.ResetCounts();
        _filter?.Reset();
        _prediction?.Reset();
        _runner.ResetBytes();
    }

    /// <summary>Bytes of weights that decoding a token has read on average since <see cref="ResetActivity"/>, head included; all of them where none are left out.</summary>
    public double BytesReadPerToken => _runner.TokensRead > 0
        ? (double)_runner.BytesRead / _runner.TokensRead + _head.WeightBytes + (_headProjection?.WeightBytes ?? 0) : WeightBytesPerToken;

    /// <summary>The precision's name in protocols: <c>float32</c>, <c>int8</c> or <c>matched</c>.</summary>
    internal string ActivationsName => _options.Activations.ToString().ToLowerInvariant();

    /// <summary>The threads; free for the caller's own work between calls.</summary>
    public ComputePool Pool { get; }

    /// <summary>Bytes of weights that decoding one token reads: all blocks and the head.</summary>
    public long WeightBytesPerToken => _blocks.Sum(block => block.WeightBytes) + _head.WeightBytes + (_headProjection?.WeightBytes ?? 0);

    /// <summary>Makes an empty cache.</summary>
    /// <param name="capacity">Tokens that it can hold. LongRoPE models take their long factors where this exceeds the original context.</param>
    /// <returns>The cache.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1, or more positions than a model with learned positions has.</exception>
    /// <exception cref="InsufficientMemoryException">Keys and values would take more than the machine's memory.</exception>
    public KvCache CreateCache(int capacity)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        if (Config.Position == PositionKind.Learned && capacity > Config.MaxPositionEmbeddings)
        {
            throw new ArgumentOutOfRangeException(nameof(capacity), capacity,
                $"the model has learned {Config.MaxPositionEmbeddings} positions, no more; use a context of at most {Config.MaxPositionEmbeddings}");
        }

        return new KvCache(Config, capacity, _options.KvCacheType);
    }

    /// <summary>Runs tokens behind those already in the cache, and adds them to it.</summary>
    /// <param name="tokens">Token ids.</param>
    /// <param name="cache">A cache of this engine.</param>
    /// <param name="hidden">[tokens, hidden size]: what the head reads, for every token.</param>
    /// <exception cref="ArgumentException">A token is outside the vocabulary, the cache is full, or <paramref name="hidden"/> has another size.</exception>
    public void Forward(ReadOnlySpan<int> tokens, KvCache cache, Span<float> hidden)
    {
        Check(cache);
        if (hidden.Length != (long)tokens.Length * Config.HiddenSize)
            throw new ArgumentException($"expected {tokens.Length} × {Config.HiddenSize} values, found room for {hidden.Length}", nameof(hidden));
        if (tokens.Length > cache.Capacity - cache.Length)
            throw new ArgumentException($"{tokens.Length} tokens do not fit behind {cache.Length} of {cache.Capacity}; make a cache of a larger capacity", nameof(tokens));
        CheckTokens(tokens);
        for (var done = 0; done < tokens.Length; done += _chunk)
        {
            var count = Math.Min(_chunk, tokens.Length - done);
            RunChunk(tokens.Slice(done, count), [new SequenceRows(cache, count)], hidden.Slice(done * Config.HiddenSize, count * Config.HiddenSize));
        }
    }

    /// <summary>Runs tokens behind those already in the cache from some block on, given what that block reads; the blocks before it leave no keys and values.</summary>
    /// <param name="first">Index of the block.</param>
    /// <param name="tokens">Token ids.</param>
    /// <param name="streams">[tokens, hidden size]: the residual streams before the block; empty for the first block, which reads the embedding.</param>
    /// <param name="cache">A cache of this engine of which nothing else is asked.</param>
    /// <param name="hidden">[tokens, hidden size]: what the head reads, for every token.</param>
    /// <param name="behind">Sees the streams behind each block: index of the block, first of the tokens, streams.</param>
    internal void ForwardFrom(int first, ReadOnlySpan<int> tokens, ReadOnlySpan<float> streams, KvCache cache, Span<float> hidden, Action<int, int, ReadOnlySpan<float>> behind)
    {
        Check(cache);
        CheckTokens(tokens);
        for (var done = 0; done < tokens.Length; done += _chunk)
        {
            var count = Math.Min(_chunk, tokens.Length - done);
            var (start, values) = (done, count * Config.HiddenSize);
            Reserve(count);
            if (first > 0) streams.Slice(done * Config.HiddenSize, values).CopyTo(new Span<float>(_workspace!.Stream, values));
            RunBlocks(first, tokens.Slice(done, count), [new SequenceRows(cache, count)], hidden.Slice(done * Config.HiddenSize, values), block => behind(block, start, new ReadOnlySpan<float>(_workspace!.Stream, values)));
        }
    }

    /// <summary>Runs one token of each of several sequences; every weight is read once for all of them.</summary>
    /// <param name="tokens">The next token of each sequence.</param>
    /// <param name="caches">The sequences' caches, all different, each with room for a token.</param>
    /// <param name="hidden">[sequences, hidden size]: what the head reads.</param>
    /// <exception cref="ArgumentException">Lengths do not fit, a token is outside the vocabulary, a cache is full or named twice.</exception>
    public void ForwardBatch(ReadOnlySpan<int> tokens, ReadOnlySpan<KvCache> caches, Span<float> hidden)
    {
        if (caches.Length != tokens.Length) throw new ArgumentException($"expected a cache for each of {tokens.Length} tokens, found {caches.Length}", nameof(caches));
        if (hidden.Length != (long)tokens.Length * Config.HiddenSize)
            throw new ArgumentException($"expected {tokens.Length} × {Config.HiddenSize} values, found room for {hidden.Length}", nameof(hidden));
        CheckTokens(tokens);
        if (_sequences.Length < caches.Length) _sequences = new SequenceRows[caches.Length];
        for (var i = 0; i < caches.Length; i++)
        {
            Check(caches[i]);
            if (caches[i].Length == caches[i].Capacity) throw new ArgumentException($"the cache of sequence {i} is full with {caches[i].Capacity} tokens", nameof(caches));
            for (var j = 0; j < i; j++)
            {
                if (ReferenceEquals(caches[i], caches[j])) throw new ArgumentException($"sequences {j} and {i} have the same cache", nameof(caches));
            }

            _sequences[i] = new SequenceRows(caches[i], 1);
        }

        for (var done = 0; done < tokens.Length; done += _chunk)
        {
            var count = Math.Min(_chunk, tokens.Length - done);
            RunChunk(tokens.Slice(done, count), _sequences.AsSpan(done, count), hidden.Slice(done * Config.HiddenSize, count * Config.HiddenSize));
        }
    }

    private bool Quantizes => _options.Activations == ActivationPrecision.Int8;

    /// <summary>Logits from what <see cref="Forward"/> gave.</summary>
    /// <param name="hidden">[count, hidden size].</param>
    /// <param name="count">Tokens.</param>
    /// <param name="logits">[count, vocabulary].</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public void Logits(ReadOnlySpan<float> hidden, int count, Span<float> logits)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (hidden.Length != (long)count * Config.HiddenSize) throw new ArgumentException($"expected {count} × {Config.HiddenSize} values, found {hidden.Length}", nameof(hidden));
        if (logits.Length != (long)count * Config.VocabularySize) throw new ArgumentException($"expected room for {count} × {Config.VocabularySize} values, found {logits.Length}", nameof(logits));
        fixed (float* x = hidden)
        fixed (float* y = logits)
        {
            var piece = _headProjection is not null ? Linear.FewTokens : _head.IsPacked ? HeadTokens : count;
            for (var done = 0; done < count; done += piece)
            {
                var few = Math.Min(piece, count - done);
                var input = x + (long)done * Config.HiddenSize;
                _headProjection?.Multiply(Pool, input, few, _projected!.Pointer, _headInput);
                _head.Multiply(Pool, _projected is null ? input : _projected.Pointer, few, y + (long)done * Config.VocabularySize, _headInput);
            }
        }

        FinishLogits(logits);
    }

    /// <summary>Stops the threads and frees what the engine holds; the model stays open.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        foreach (var block in _blocks) block.Dispose();
        _embedding.Dispose();
        _finalNorm?.Dispose();
        _headProjection?.Dispose();
        _projected?.Dispose();
        _head.Dispose();
        _workspace?.Dispose();
        _prediction?.Dispose();
        if (_foresight != _prediction) _foresight?.Dispose();
        _paged?.Dispose();
        _headInput?.Dispose();
        Pool.Dispose();
        _packedWeights?.Dispose();
    }

    private IEnumerable<Linear> Maps()
    {
        if (_embedding.Projection is { } projection) yield return projection;
        foreach (var map in _blocks.SelectMany(block => block.Maps)) yield return map;
        if (_headProjection is not null) yield return _headProjection;
        yield return _head;
    }

    // All maps but those that are fetched from disk.
    private IEnumerable<Linear> ResidentMaps() => _paged is null ? Maps() : Maps().Except(_blocks.SelectMany(block => block.Neurons));

    private PagedNeurons Page(long limit)
    {
        var layout = new NeuronLayout(_model);
        var neurons = _blocks.SelectMany(block => block.Neurons).ToHashSet();
        var resident = Maps().Where(map => !neurons.Contains(map)).Sum(map => Math.Max(map.PackedBytes, map.WeightBytes)) + (_foresight?.TotalBytes ?? 0);
        var least = resident + NeuronCache.LeastBytes(layout);
        if (limit < least)
        {
            static string Megabytes(long bytes) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Math.Ceiling(bytes / 1e5) / 10:F1} MB");
            throw new ArgumentException($"{Megabytes(limit)} of memory are too little: this model needs {Megabytes(least)}, of which {Megabytes(resident)} for weights that every token reads (attention, head, predictors) and {Megabytes(least - resident)} for the neurons of one block");
        }

        return new PagedNeurons(_model, layout, _options.NeuronFile, limit - resident, Pool, _options.ReadsDirectly);
    }

    private void Check(KvCache cache)
    {
        ArgumentNullException.ThrowIfNull(cache);
        ObjectDisposedException.ThrowIf(_disposed, this);
        ObjectDisposedException.ThrowIf(_model.IsDisposed, _model);
        if (!ReferenceEquals(cache.Config, Config)) throw new ArgumentException("the cache is of another model; make one with this engine's CreateCache", nameof(cache));
    }

    private void CheckTokens(ReadOnlySpan<int> tokens)
    {
        foreach (var token in tokens)
        {
            if ((uint)token >= (uint)Config.VocabularySize)
                throw new ArgumentException($"token {token} is outside the vocabulary of {Config.VocabularySize}", nameof(tokens));
        }
    }

    private void RunChunk(ReadOnlySpan<int> tokens, ReadOnlySpan<SequenceRows> sequences, Span<float> hidden)
    {
        Reserve(tokens.Length);
        RunBlocks(0, tokens, sequences, hidden, null);
    }

    private void Reserve(int tokens)
    {
        if (_workspace is not null && _workspace.Tokens >= tokens) return;
        _workspace?.Dispose();
        _workspace = null;
        _workspace = new Workspace(Config, tokens, Quantizes);
    }

    // From the first block on the stream is that of the embedding, else what the workspace holds.
    private void RunBlocks(int first, ReadOnlySpan<int> tokens, ReadOnlySpan<SequenceRows> sequences, Span<float> hidden, Action<int>? behind)
    {
        var work = _workspace!;
        if (first == 0) _embedding.Lookup(Pool, tokens, sequences, work);
        for (var i = first; i < _blocks.Length; i++)
        {
            _runner.Run(_blocks[i], i, sequences, work, tokens.Length);
            behind?.Invoke(i);
            if (i > 0) continue;
            if (_prediction?.IsShared == true) _prediction.Share(Pool, work.Stream, tokens.Length);
            if (_foresight != _prediction && _foresight?.IsShared == true && tokens.Length == 1) _foresight.Share(Pool, work.Stream, 1);
        }

        foreach (var (cache, count) in sequences) cache.Append(count);
        fixed (float* target = hidden)
        {
            if (_finalNorm is not null) _finalNorm.Apply(Pool, work.Stream, tokens.Length, target);
            else new ReadOnlySpan<float>(work.Stream, hidden.Length).CopyTo(hidden);
        }
    }

    private void FinishLogits(Span<float> logits)
    {
        if (Config.LogitMultiplier != 1) VectorMath.Scale(logits, Config.LogitMultiplier);
        if (Config.FinalLogitSoftcap != 0) VectorMath.Softcap(logits, Config.FinalLogitSoftcap);
    }
}
