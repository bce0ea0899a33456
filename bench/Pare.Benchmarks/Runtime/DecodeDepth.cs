using System.Diagnostics;
using System.Globalization;
using Pare.Benchmarks.Comparison;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Benchmarks.Runtime;

/// <summary>Decoding of one model in turn: alone behind 128 tokens, alone behind 4096, and eight sequences together behind 128: <c>decode MODEL.gguf [CACHE [SECONDS [THREADS]]]</c>.</summary>
internal sealed class DecodeDepth : IDisposable
{
    private const int Shallow = 128, Deep = 4096, Batch = 8, Room = 16;
    private readonly InferenceEngine _engine;
    private readonly KvCache[] _caches;
    private readonly float[] _hidden;
    private readonly float[] _logits;
    private readonly int[] _tokens = [7, 8, 9, 10, 11, 12, 13, 14];

    private DecodeDepth(Model model, EngineOptions options)
    {
        _engine = new InferenceEngine(model, options);
        _caches = [.. Enumerable.Range(0, Batch + 1).Select(i => _engine.CreateCache(i == Batch ? Deep + Room : Shallow + Room))];
        _hidden = new float[Batch * _engine.Config.HiddenSize];
        _logits = new float[Batch * _engine.Config.VocabularySize];
        foreach (var cache in _caches) CacheFill.Random(cache, cache.Capacity - Room);
    }

    public static int Run(string[] args)
    {
        if (args.Length == 0)
        {
            Console.Error.WriteLine("usage: decode MODEL.gguf [f32|f16|q8_0 [SECONDS [THREADS]]]");
            return 2;
        }

        var cache = ElementTypes.Parse(args.Length > 1 ? args[1] : "f16");
        var seconds = args.Length > 2 ? double.Parse(args[2], CultureInfo.InvariantCulture) : 60;
        var threads = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : 0;
        using var model = Model.Open(args[0]);
        using var run = new DecodeDepth(model, new EngineOptions { Threads = threads, KvCacheType = cache, Activations = ActivationPrecision.Int8 });
        run.Measure(Path.GetFileName(args[0]), cache, seconds);
        return 0;
    }

    public void Dispose()
    {
        foreach (var cache in _caches) cache.Dispose();
        _engine.Dispose();
    }

    private void Measure(string name, ElementType type, double seconds)
    {
        List<double> shallow = [], deep = [], batch = [], deepShare = [], batchGain = [];
        var clock = Stopwatch.StartNew();
        for (var round = -1; round < 3 || clock.Elapsed.TotalSeconds < seconds; round++)
        {
            var one = Rate(() => Alone(_caches[0]));
            var behind = Rate(() => Alone(_caches[Batch]));
            var together = Batch * Rate(Together);
            if (round < 0) continue;
            shallow.Add(one);
            deep.Add(behind);
            batch.Add(together);
            deepShare.Add(behind / one);
            batchGain.Add(together / one);
        }

        Console.WriteLine("| model | KV | rounds | tokens/s behind 128 | behind 4096 | share | batch of 8 | gain |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {type} | {shallow.Count} | {Quartiles.Of(shallow).Median:F1} | {Quartiles.Of(deep).Median:F1} | {Quartiles.Of(deepShare).Median:F2} | {Quartiles.Of(batch).Median:F1} | {Quartiles.Of(batchGain).Median:F2} |"));
    }

    private static double Rate(Action step)
    {
        const int Steps = 4;
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < Steps; i++) step();
        return Steps / clock.Elapsed.TotalSeconds;
    }

    private void Alone(KvCache cache)
    {
        cache.Truncate(cache.Capacity - Room);
        _engine.Forward(_tokens.AsSpan(0, 1), cache, _hidden.AsSpan(0, _engine.Config.HiddenSize));
        _engine.Logits(_hidden.AsSpan(0, _engine.Config.HiddenSize), 1, _logits.AsSpan(0, _engine.Config.VocabularySize));
    }

    private void Together()
    {
        foreach (var cache in _caches.AsSpan(0, Batch)) cache.Truncate(Shallow);
        _engine.ForwardBatch(_tokens, _caches.AsSpan(0, Batch), _hidden);
        _engine.Logits(_hidden, Batch, _logits);
    }
}
