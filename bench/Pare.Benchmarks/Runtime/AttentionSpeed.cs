using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Benchmarks.Runtime;

/// <summary>Attention of one token by itself: <c>attention [HEADS KV-HEADS HEAD-SIZE KEYS [THREADS [LAYERS]]]</c>. Caches of so many layers are read in turn, so that keys come from memory; the fastest pass counts.</summary>
internal static unsafe class AttentionSpeed
{
    private const double Seconds = 1;

    public static int Run(string[] args)
    {
        var numbers = args.Select(text => int.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        int Number(int index, int otherwise) => numbers.Length > index ? numbers[index] : otherwise;
        var (heads, groups, size, keys) = (Number(0, 32), Number(1, 4), Number(2, 64), Number(3, 4096));
        using var pool = new ComputePool(Number(4, Environment.ProcessorCount));
        Console.WriteLine("KV     µs a layer   GB/s of the cache   10⁹ products/s");
        foreach (var type in new[] { ElementType.F32, ElementType.F16, ElementType.Q8_0 }) Measure(pool, type, heads, groups, size, keys, Number(5, 22));
        return 0;
    }

    private static void Measure(ComputePool pool, ElementType type, int heads, int groups, int size, int keys, int layers)
    {
        var layer = new LayerConfig { Heads = heads, KeyValueHeads = groups, HeadSize = size, FfnSize = 1, AttentionScale = 1 / MathF.Sqrt(size) };
        var config = new ModelConfig
        {
            Architecture = ArchitectureRegistry.All[0],
            VocabularySize = 1,
            HiddenSize = heads * size,
            EmbeddingSize = heads * size,
            MaxPositionEmbeddings = keys,
            Layers = [.. Enumerable.Repeat(layer, layers)],
            Source = new JsonObject(),
        };
        using var cache = new KvCache(config, keys, type);
        CacheFill.Random(cache, keys);
        using var q = new NativeBuffer<float>((long)heads * size);
        using var output = new NativeBuffer<float>((long)heads * size);
        var random = new SeededRandom(5);
        foreach (ref var number in q.Span) number = (float)random.NextDouble() - 0.5f;
        var fastest = double.PositiveInfinity;
        var whole = Stopwatch.StartNew();
        while (whole.Elapsed.TotalSeconds < Seconds)
        {
            var clock = Stopwatch.StartNew();
            for (var i = 0; i < layers; i++) DecodeAttention.Run(pool, layer, 0, cache, i, q.Pointer, 1, keys - 1, output.Pointer);
            fastest = Math.Min(fastest, clock.Elapsed.TotalSeconds / layers);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{type.Name(),-6} {1e6 * fastest,10:F1} {(double)cache.ByteLength / layers / fastest / 1e9,19:F1} {2.0 * heads * size * keys / fastest / 1e9,16:F1}"));
    }
}
