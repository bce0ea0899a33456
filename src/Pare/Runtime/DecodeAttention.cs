using System.Runtime.Intrinsics.X86;
using Pare.Formats;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Attention of a few tokens: the keys of each key-value head are cut into runs that the threads share, each read once for all query heads of its group.</summary>
/// <remarks>
/// A run gives its largest score m, Σ e^(s − m) and Σ e^(s − m) v; runs are put together in order. Where a run begins depends on the token's position only, so results do not depend on the threads.
/// </remarks>
internal static unsafe class DecodeAttention
{
    /// <summary>Up to this many tokens this path is taken instead of <see cref="Attention"/>.</summary>
    public const int MostTokens = 4;

    /// <summary>Keys of a run.</summary>
    private const int RunKeys = 128;

    // Keys that are decoded at once: they stay in the first-level cache while all queries of the group use them.
    private const int TileKeys = 16;

    // Bytes ahead of the keys at work that are asked for, as the packed kernels do.
    private const int Ahead = 16384;

    // From so many runs on, putting them together is worth a meeting of the threads.
    private const int RunsJoinedTogether = 8;

    /// <inheritdoc cref="Attention.Run"/>
    public static void Run(ComputePool pool, LayerConfig layer, float softcap, KvCache cache, int index, float* q, int n, int start, float* output)
    {
        var group = layer.Heads / layer.KeyValueHeads;
        var runs = Runs(layer, start + n - 1);
        // Sized by the capacity, so that it is made once and not again for every token.
        var most = Runs(layer, cache.Capacity - 1);
        var scratch = Align(TileKeys * layer.HeadSize + RunKeys * group);
        var partials = Align((long)group * (layer.HeadSize + 2));
        var memory = pool.Scratch(1, scratch * pool.Threads + partials * layer.KeyValueHeads * MostTokens * most);
        var part = new Part(layer, cache, index, softcap, q, start, output, memory, scratch, memory + scratch * pool.Threads, partials, runs);
        // Each thread walks through runs that follow each other, so that reading ahead of one helps the next.
        WorkerShares.For(pool, layer.KeyValueHeads * n * runs, part);
        if (runs == 1) return;
        if (runs >= RunsJoinedTogether) pool.For(layer.KeyValueHeads * n, new Joined(part));
        else for (var i = 0; i < layer.KeyValueHeads * n; i++) part.Join(i);
    }

    private static int Runs(LayerConfig layer, int position)
    {
        var keys = layer.SlidingWindow is { } window ? Math.Min(window, position + 1) : position + 1;
        return (keys + RunKeys - 1) / RunKeys;
    }

    private static long Align(long length) => (length + 15) / 16 * 16;

    private readonly struct Joined(Part part) : IParallelBody
    {
        public void Execute(int index, int worker) => part.Join(index);
    }

    private readonly struct Part(
        LayerConfig layer, KvCache cache, int index, float softcap, float* q, int start, float* output, float* scratch, long scratchLength, float* partials, long partialLength, int runs) : IParallelBody
    {
        private readonly int _group = layer.Heads / layer.KeyValueHeads;

        public void Execute(int part, int worker)
        {
            var (item, run) = Math.DivRem(part, runs);
            var (token, head) = Math.DivRem(item, layer.KeyValueHeads);
            var size = layer.HeadSize;
            var first = Begin(start + token) + run * RunKeys;
            var keys = Math.Min(RunKeys, start + token + 1 - first);
            if (keys <= 0) return;
            var decoded = scratch + worker * scratchLength;
            var scores = decoded + TileKeys * size;
            var offset = (long)token * layer.QuerySize + head * _group * size;
            var mixed = runs == 1 ? output + offset : partials + part * partialLength;
            var stored = cache.Keys(index, head);
            for (var tile = 0; tile < keys; tile += TileKeys)
            {
                var few = Math.Min(TileKeys, keys - tile);
                AttentionScores.Run(q + offset, _group, size, Decoded(stored, first + tile, few, size, decoded), few, layer.AttentionScale, scores + tile, keys);
            }

            var numbers = mixed + _group * size;
            for (var g = 0; g < _group; g++)
            {
                var seen = new Span<float>(scores + g * keys, keys);
                if (softcap != 0) VectorMath.Softcap(seen, softcap);
                if (runs == 1)
                {
                    VectorMath.Softmax(seen);
                    continue;
                }

                numbers[2 * g] = VectorMath.Max(seen);
                numbers[2 * g + 1] = (float)VectorMath.ExpSum(seen, numbers[2 * g]);
            }

            stored = cache.Values(index, head);
            new Span<float>(mixed, _group * size).Clear();
            for (var tile = 0; tile < keys; tile += TileKeys)
            {
                var few = Math.Min(TileKeys, keys - tile);
                AttentionMix.Add(scores + tile, keys, _group, size, Decoded(stored, first + tile, few, size, decoded), few, mixed);
            }
        }

        // Puts the runs of a token and key-value head together.
        public void Join(int item)
        {
            var (token, head) = Math.DivRem(item, layer.KeyValueHeads);
            var size = layer.HeadSize;
            var filled = Runs(layer, start + token);
            var first = partials + (long)item * runs * partialLength;
            for (var g = 0; g < _group; g++)
            {
                var numbers = first + _group * size + 2 * g;
                var largest = float.NegativeInfinity;
                for (var run = 0; run < filled; run++) largest = MathF.Max(largest, numbers[run * partialLength]);
                double sum = 0;
                for (var run = 0; run < filled; run++)
                {
                    var number = numbers + run * partialLength;
                    number[0] = (float)Math.Exp(number[0] - largest);
                    sum += (double)number[0] * number[1];
                }

                var result = new Span<float>(output + (long)token * layer.QuerySize + (head * _group + g) * size, size);
                result.Clear();
                for (var run = 0; run < filled; run++)
                {
                    var share = (float)(numbers[run * partialLength] / sum);
                    VectorMath.Axpy(share, new ReadOnlySpan<float>(first + run * partialLength + g * size, size), result);
                }
            }
        }

        private int Begin(int position) => layer.SlidingWindow is { } window ? Math.Max(0, position - window + 1) : 0;

        private float* Decoded(byte* stored, int first, int keys, int size, float* decoded)
        {
            var bytes = cache.Type.RowBytes(size);
            stored += first * bytes;
            if (Sse.IsSupported)
            {
                // Into the second-level cache: there many more lines may be under way than the first level keeps track of.
                for (var line = stored + Ahead; line < stored + Ahead + keys * bytes; line += 64) Sse.Prefetch1(line);
            }

            if (cache.Type == ElementType.F32) return (float*)stored;
            WeightCodec.Dequantize(cache.Type, new ReadOnlySpan<byte>(stored, (int)(keys * bytes)), new Span<float>(decoded, keys * size));
            return decoded;
        }
    }
}
