using System.Diagnostics;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Evaluation.Speed;

/// <summary>Measures load time, prefill, decode and memory of a model.</summary>
public static class SpeedMeter
{
    /// <summary>Opens a model and measures it.</summary>
    /// <param name="open">Opens the model; the time it takes is part of the load time.</param>
    /// <param name="options">What to measure.</param>
    /// <param name="cancellation">Stops between pieces of the prompt and between generated tokens.</param>
    /// <returns>The result.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is below 1.</exception>
    /// <exception cref="ArgumentException">Prompt and generation are longer than the model's context.</exception>
    /// <exception cref="OperationCanceledException">The measurement was cancelled.</exception>
    public static BenchResult Measure(Func<Model> open, BenchOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(open);
        options ??= new BenchOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Prompt, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Generate, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Repetitions, 1, nameof(options));
        var clock = Stopwatch.StartNew();
        using var model = open();
        using var engine = new InferenceEngine(model, options.Engine);
        var loadSeconds = clock.Elapsed.TotalSeconds;
        options = options.Within(model.Config.MaxPositionEmbeddings);
        if ((long)options.Prompt + options.Generate > model.Config.MaxPositionEmbeddings)
            throw new ArgumentException($"a prompt of {options.Prompt} and {options.Generate} generated tokens are longer than the model's context of {model.Config.MaxPositionEmbeddings}", nameof(options));
        using var run = new SpeedRun(engine, options);
        var prefill = new List<double>();
        var decode = new List<double>();
        long allocated = 0;
        FetchCounts? fetches = null;
        clock.Restart();
        for (var i = -1; i < options.Repetitions; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (i == 0) engine.ResetActivity();
            var prefillSeconds = run.Prefill(cancellation);
            var fetchedBefore = engine.CountedFetches();
            var before = GC.GetTotalAllocatedBytes(precise: true);
            var decodeSeconds = run.Decode(cancellation);
            var after = GC.GetTotalAllocatedBytes(precise: true);
            // The first run warms caches and code up.
            if (i < 0) continue;
            allocated += after - before;
            var fetched = fetchedBefore is null ? null : engine.CountedFetches()!.Since(fetchedBefore);
            fetches = fetches is null || fetched is null ? fetched : fetches.And(fetched);
            prefill.Add(options.Prompt / prefillSeconds);
            decode.Add(options.Generate / decodeSeconds);
            options.Progress?.Invoke(new EvaluationProgress("bench", i + 1, options.Repetitions, decode[^1]));
        }

        var seconds = clock.Elapsed.TotalSeconds;
        // Before the bandwidth's own buffer is made.
        var peak = ResidentMemory.Peak();
        var decodeRate = RateSample.Of(decode);
        var prefillRate = RateSample.Of(prefill);
        return new BenchResult
        {
            LoadSeconds = loadSeconds,
            PromptTokens = options.Prompt,
            GeneratedTokens = options.Generate,
            PrefillTokensPerSecond = prefillRate.Median,
            DecodeTokensPerSecond = decodeRate.Median,
            Prefill = prefillRate,
            Decode = decodeRate,
            WeightBytesPerToken = engine.WeightBytesPerToken,
            ReadBytesPerToken = engine.BytesReadPerToken,
            Fetches = fetches,
            DecodeGigabytesPerSecond = engine.BytesReadPerToken * decodeRate.Median / 1e9,
            ReadBandwidthGigabytesPerSecond = ReadBandwidth.Measure(engine.Pool),
            PrefillGigaflopsPerSecond = 2.0 * BlockParameters(model) * prefillRate.Median / 1e9,
            AllocatedBytesPerToken = (double)allocated / options.Repetitions / options.Generate,
            PeakResidentBytes = peak,
            Protocol = new Protocol
            {
                Name = "bench",
                KeyValueType = engine.KvCacheType.Name(),
                Activations = engine.ActivationsName,
                Model = ModelIdentity.Of(model, withTokenizer: false),
                Machine = MachineIdentity.Current(engine.Pool.Threads),
                WallSeconds = seconds,
                PeakResidentBytes = peak,
            },
        };
    }

    private static long BlockParameters(Model model) => model.Graph.Sites.Sum(site => site.WeightCount);

    /// <summary>The memory of a measurement, and its two halves.</summary>
    private sealed class SpeedRun : IDisposable
    {
        /// <summary>Tokens of the prompt that run without asking whether to stop; the engine takes no more at once in most models.</summary>
        private const int Piece = 2048;

        private readonly InferenceEngine _engine;
        private readonly KvCache _cache;
        private readonly NativeBuffer<float> _hidden;
        private readonly NativeBuffer<float> _logits;
        private readonly int[] _prompt;
        private readonly int[] _token = new int[1];
        private readonly int _generate;

        public SpeedRun(InferenceEngine engine, BenchOptions options)
        {
            _engine = engine;
            _generate = options.Generate;
            _cache = engine.CreateCache(options.Prompt + options.Generate);
            _hidden = new NativeBuffer<float>((long)options.Prompt * engine.Config.HiddenSize);
            _logits = new NativeBuffer<float>(engine.Config.VocabularySize);
            var random = new SeededRandom(options.Seed);
            _prompt = new int[options.Prompt];
            foreach (ref var token in _prompt.AsSpan()) token = random.NextInt(engine.Config.VocabularySize);
        }

        /// <summary>Seconds from an empty cache to the first token.</summary>
        public double Prefill(CancellationToken cancellation)
        {
            _cache.Truncate(0);
            var width = _engine.Config.HiddenSize;
            var clock = Stopwatch.GetTimestamp();
            for (var start = 0; start < _prompt.Length; start += Piece)
            {
                cancellation.ThrowIfCancellationRequested();
                var count = Math.Min(Piece, _prompt.Length - start);
                _engine.Forward(_prompt.AsSpan(start, count), _cache, _hidden.Slice((long)start * width, count * width));
            }

            Choose(_hidden.Slice((_prompt.Length - 1L) * width, width));
            return Stopwatch.GetElapsedTime(clock).TotalSeconds;
        }

        /// <summary>Seconds to put the generated tokens through, one by one.</summary>
        public double Decode(CancellationToken cancellation)
        {
            var hidden = _hidden.Slice(0, _engine.Config.HiddenSize);
            var clock = Stopwatch.GetTimestamp();
            for (var i = 0; i < _generate; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                _engine.Forward(_token, _cache, hidden);
                Choose(hidden);
            }

            return Stopwatch.GetElapsedTime(clock).TotalSeconds;
        }

        public void Dispose()
        {
            _cache.Dispose();
            _hidden.Dispose();
            _logits.Dispose();
        }

        private void Choose(ReadOnlySpan<float> hidden)
        {
            _engine.Logits(hidden, 1, _logits.Span);
            _token[0] = VectorMath.IndexOfMax(_logits.Span);
        }
    }
}
