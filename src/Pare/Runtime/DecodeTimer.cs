using System.Diagnostics;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Times what decoding a token consists of (the attention of a block, its network, the head) with the runtime's own passes over random weights, activations in int8. Not for concurrent use.</summary>
/// <remarks>
/// A part is laid down in as many copies as make up the bytes of the whole model (128 MB at most), which are run one after another: so its weights come from where they do in the model, cache or memory.
/// A figure is the median of at least five rounds and a tenth of a second, behind a quarter of a second that is not counted: until then code may not be in its final form.
/// </remarks>
internal sealed unsafe class DecodeTimer : IDisposable
{
    /// <summary>Tokens that attention sees.</summary>
    public const int Context = 128;

    private const long LargestBytes = 128L << 20;
    private const int LeastRounds = 5;
    private const double WarmUpSeconds = 0.25;
    private const double LeastSeconds = 0.1;

    private readonly ComputePool _pool;
    private readonly long _bytes;
    private readonly int _layers;

    /// <summary>Prepares measurements.</summary>
    /// <param name="wholeBytes">Bytes of the whole model's weights.</param>
    /// <param name="wholeLayers">Blocks of the whole model: as many have keys and values of their own.</param>
    /// <param name="threads">Threads that decode together; 0 takes one per processor.</param>
    public DecodeTimer(long wholeBytes, int wholeLayers, int threads)
    {
        (_bytes, _layers) = (Math.Min(wholeBytes, LargestBytes), wholeLayers);
        _pool = new ComputePool(threads);
    }

    /// <summary>Threads that decode together.</summary>
    public int Threads => _pool.Threads;

    /// <summary>Milliseconds of a block.</summary>
    /// <param name="config">The model that it is of.</param>
    /// <param name="layer">The block, or its attention or network alone (without neurons, or without heads).</param>
    /// <param name="type">Format of a matrix, by its role.</param>
    /// <param name="sites">Sites of the block at which activations are set to zero, in ascending order; weights are then left out where an engine would.</param>
    /// <param name="zeros">Share of the activations that are.</param>
    public double Block(ModelConfig config, LayerConfig layer, Func<ParameterRole, ElementType> type, IReadOnlyList<ActivationSite> sites, double zeros)
    {
        config = config with { Layers = [layer] };
        using var weights = new RandomWeights([.. new ModelGraph(config).Parameters.Where(parameter => parameter.Id.Layer == 0)], type, _bytes);
        DecoderBlock[] blocks = [.. Enumerable.Range(0, weights.Count).Select(copy => new DecoderBlock(config, 0, id => weights.Find(copy, id)))];
        var skips = false;
        if (sites.Count > 0)
        {
            var sparsity = new ActivationSparsity("measured", zeros, 1, blocks.Length);
            for (var i = 0; i < blocks.Length; i++)
                foreach (var site in sites) sparsity[i, site] = new SiteThreshold { Value = 0 };
            skips = ActivityLayout.Choose(config, sparsity, blocks, predicts: false, always: false);
        }

        using var packed = PackedWeights.Pack(_pool, [.. blocks.SelectMany(block => block.Maps)]);
        using var cache = new KvCache(config with { Layers = [.. Enumerable.Repeat(layer, _layers)] }, Context + 1, ElementType.F32);
        for (var i = 0; i < _layers; i++) Clear(cache, i, layer);
        cache.Append(Context);
        using var work = new Workspace(config, 1, quantizes: true);
        var runner = new BlockRunner(config, _pool) { Stage = sites.Count > 0 ? new EvenZeros(sites, zeros) : null, Skips = skips };
        var milliseconds = Time(blocks.Length, i => runner.Run(blocks[i], i % _layers, [new SequenceRows(cache, 1)], work, 1), () => Noise(work.Stream, config.HiddenSize));
        foreach (var block in blocks) block.Dispose();
        return milliseconds;
    }

    /// <summary>Milliseconds of the final norm, the head and the choice of the most likely token.</summary>
    /// <param name="config">The model.</param>
    /// <param name="type">Format of a matrix, by its role; a tied head has that of the embedding table.</param>
    public double Head(ModelConfig config, Func<ParameterRole, ElementType> type)
    {
        var table = config.TieWordEmbeddings ? ParameterRole.TokenEmbedding : ParameterRole.Head;
        using var weights = new RandomWeights(
            [.. new ModelGraph(config).Parameters.Where(parameter => parameter.Id.Layer < 0 && (parameter.Id.Role == table && !parameter.Id.IsBias || parameter.Id.Role is ParameterRole.HeadProjection or ParameterRole.FinalNorm))], type, _bytes);
        Linear[] heads = [.. Maps(table)], projections = [.. Maps(ParameterRole.HeadProjection)];
        using var packed = PackedWeights.Pack(_pool, [.. heads, .. projections]);
        using var norm = weights.Find(0, new ParameterId(ParameterRole.FinalNorm)) is { } weight
            ? new NormWeights(weight, weights.Find(0, new ParameterId(ParameterRole.FinalNorm, IsBias: true)), config.Norm, config.NormEpsilon, config.NormWeightOffset) : null;
        var width = Math.Max(config.HiddenSize, config.EmbeddingSize);
        using var hidden = new NativeBuffer<float>(width);
        using var projected = new NativeBuffer<float>(width);
        using var logits = new NativeBuffer<float>(config.VocabularySize);
        using var input = new Int8Rows(1, width);
        var milliseconds = Time(heads.Length, Run, () => Noise(hidden.Pointer, width));
        foreach (var map in heads.Concat(projections)) map.Dispose();
        return milliseconds;

        IEnumerable<Linear> Maps(ParameterRole role) => Enumerable.Range(0, weights.Count).Select(copy => weights.Find(copy, new ParameterId(role))).OfType<Weight>().Select(matrix => new Linear(matrix, null));

        void Run(int copy)
        {
            norm?.Apply(hidden.Pointer, hidden.Pointer);
            if (projections.Length > 0) projections[copy].Multiply(_pool, hidden.Pointer, 1, projected.Pointer, input);
            heads[copy].Multiply(_pool, projections.Length > 0 ? projected.Pointer : hidden.Pointer, 1, logits.Pointer, input);
            _ = VectorMath.IndexOfMax(logits.Span);
        }
    }

    public void Dispose() => _pool.Dispose();

    private static double Time(int copies, Action<int> run, Action prepare)
    {
        var seconds = new List<double>();
        for (var warmUp = Stopwatch.StartNew(); warmUp.Elapsed.TotalSeconds < WarmUpSeconds;) Round();
        for (var clock = Stopwatch.StartNew(); seconds.Count < LeastRounds || clock.Elapsed.TotalSeconds < LeastSeconds;) seconds.Add(Round());
        seconds.Sort();
        return 1000 * seconds[seconds.Count / 2] / copies;

        double Round()
        {
            prepare();
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < copies; i++) run(i);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }

    private static void Noise(float* values, int count)
    {
        var random = new SeededRandom(1);
        for (var i = 0; i < count; i++) values[i] = (float)random.NextGaussian();
    }

    // Keys and values that were never written could be any numbers.
    private static void Clear(KvCache cache, int layer, LayerConfig shape)
    {
        var zeros = new float[shape.HeadSize];
        fixed (float* zero = zeros)
        {
            for (var head = 0; head < shape.KeyValueHeads; head++)
                for (var position = 0; position < Context; position++) cache.Store(layer, head, position, zero, zero);
        }
    }
}
