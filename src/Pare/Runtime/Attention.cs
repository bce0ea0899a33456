using Pare.Formats;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Causal attention of a chunk of tokens over the cache. The query heads of a key-value head work together, so its keys and values are read once for all.</summary>
/// <remarks>
/// One part is a key-value head and a run of tokens. Scores of a part take tokens · heads-per-group · keys floats, so memory is linear in the window.
/// Every output depends on its own part only, and the split does not depend on the number of threads.
/// </remarks>
internal static unsafe class Attention
{
    /// <summary>Rows of scores (tokens · heads of the group) that a part of a prefill aims at.</summary>
    private const int RowsPerPart = 96;

    /// <summary>out[n, heads · head size] = softmax(scale · q kᵀ, masked) v.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="layer">Shape of the block.</param>
    /// <param name="softcap">c of c · tanh(score / c), or 0.</param>
    /// <param name="cache">The cache; keys and values of the chunk are already in it.</param>
    /// <param name="index">Index of the block.</param>
    /// <param name="q">Queries of the chunk, [n, heads · head size].</param>
    /// <param name="n">Tokens of the chunk.</param>
    /// <param name="start">Position of the first token.</param>
    /// <param name="output">[n, heads · head size].</param>
    public static void Run(ComputePool pool, LayerConfig layer, float softcap, KvCache cache, int index, float* q, int n, int start, float* output)
    {
        var group = layer.Heads / layer.KeyValueHeads;
        var tokens = Math.Clamp(RowsPerPart / group, 1, n);
        var runs = (n + tokens - 1) / tokens;
        var keys = start + n;
        var window = layer.SlidingWindow is { } limit ? Math.Min(keys, limit + tokens) : keys;
        var body = new Part
        {
            Layer = layer,
            Softcap = softcap,
            Cache = cache,
            Index = index,
            Queries = q,
            Tokens = n,
            Start = start,
            Output = output,
            TokensPerPart = tokens,
            Runs = runs,
            ScoreLength = Align((long)tokens * group * window),
            QueryLength = Align((long)tokens * group * layer.HeadSize),
            KeyLength = cache.Type == ElementType.F32 ? 0 : Align((long)window * layer.HeadSize),
            GemmLength = Gemm.SerialScratchLength(tokens * group, window, layer.HeadSize),
        };
        var second = Gemm.SerialScratchLength(tokens * group, layer.HeadSize, window);
        body.GemmLength = Align(Math.Max(body.GemmLength, second));
        body.ScratchLength = body.ScoreLength + 2 * body.QueryLength + body.KeyLength + body.GemmLength;
        body.Scratch = pool.Scratch(1, body.ScratchLength * pool.Threads);
        // Long runs first: the last tokens see the most keys.
        pool.For(runs * layer.KeyValueHeads, body);
    }

    private static long Align(long length) => (length + 15) / 16 * 16;

    private struct Part : IParallelBody
    {
        public LayerConfig Layer;
        public KvCache Cache;
        public float* Queries;
        public float* Output;
        public float* Scratch;
        public float Softcap;
        public int Index;
        public int Tokens;
        public int Start;
        public int TokensPerPart;
        public int Runs;
        public long ScoreLength;
        public long QueryLength;
        public long KeyLength;
        public long GemmLength;
        public long ScratchLength;

        public readonly void Execute(int part, int worker)
        {
            var head = part % Layer.KeyValueHeads;
            var run = Runs - 1 - part / Layer.KeyValueHeads;
            var first = run * TokensPerPart;
            var tokens = Math.Min(TokensPerPart, Tokens - first);
            var size = Layer.HeadSize;
            var group = Layer.Heads / Layer.KeyValueHeads;
            var rows = tokens * group;
            // Keys that any token of the part sees: [begin, end).
            var end = Start + first + tokens;
            var begin = Layer.SlidingWindow is { } window ? Math.Max(0, Start + first - window + 1) : 0;
            var keys = end - begin;

            var scores = Scratch + worker * ScratchLength;
            var queries = scores + ScoreLength;
            var mixed = queries + QueryLength;
            var decoded = mixed + QueryLength;
            var gemm = decoded + KeyLength;
            Gather(queries, first, tokens, head, group, size);
            var k = Decoded(Cache.Keys(Index, head), begin, keys, size, decoded);
            Gemm.MultiplySerial(false, true, rows, keys, size, Layer.AttentionScale, queries, size, k, size, 0, scores, keys, gemm);
            Softmax(scores, first, tokens, group, begin, keys);
            var v = Decoded(Cache.Values(Index, head), begin, keys, size, decoded);
            Gemm.MultiplySerial(false, false, rows, size, keys, 1, scores, keys, v, size, 0, mixed, size, gemm);
            Scatter(mixed, first, tokens, head, group, size);
        }

        private readonly float* Decoded(byte* stored, int begin, int keys, int size, float* decoded)
        {
            if (Cache.Type == ElementType.F32) return (float*)stored + (long)begin * size;
            var bytes = Cache.Type.RowBytes(size);
            WeightCodec.Dequantize(Cache.Type, new ReadOnlySpan<byte>(stored + begin * bytes, checked((int)(keys * bytes))), new Span<float>(decoded, keys * size));
            return decoded;
        }

        // Rows of the part: token-major, the group's heads of a token side by side.
        private readonly void Gather(float* queries, int first, int tokens, int head, int group, int size)
        {
            var width = group * size;
            for (var t = 0; t < tokens; t++)
            {
                var source = Queries + (long)(first + t) * Layer.QuerySize + head * width;
                new ReadOnlySpan<float>(source, width).CopyTo(new Span<float>(queries + (long)t * width, width));
            }
        }

        private readonly void Scatter(float* mixed, int first, int tokens, int head, int group, int size)
        {
            var width = group * size;
            for (var t = 0; t < tokens; t++)
            {
                var target = Output + (long)(first + t) * Layer.QuerySize + head * width;
                new ReadOnlySpan<float>(mixed + (long)t * width, width).CopyTo(new Span<float>(target, width));
            }
        }

        private readonly void Softmax(float* scores, int first, int tokens, int group, int begin, int keys)
        {
            for (var t = 0; t < tokens; t++)
            {
                var position = Start + first + t;
                var from = Layer.SlidingWindow is { } window ? Math.Max(begin, position - window + 1) : begin;
                for (var g = 0; g < group; g++)
                {
                    var row = new Span<float>(scores + (long)(t * group + g) * keys, keys);
                    row[..(from - begin)].Clear();
                    row[(position + 1 - begin)..].Clear();
                    var seen = row[(from - begin)..(position + 1 - begin)];
                    if (Softcap != 0) VectorMath.Softcap(seen, Softcap);
                    VectorMath.Softmax(seen);
                }
            }
        }
    }
}
