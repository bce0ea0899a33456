using Pare.Formats;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>Attention of a few tokens, key by key: each key and value is read once for all query heads of its group.</summary>
internal static unsafe class DecodeAttention
{
    /// <summary>Up to this many tokens this path is taken instead of <see cref="Attention"/>.</summary>
    public const int MostTokens = 4;

    /// <inheritdoc cref="Attention.Run"/>
    public static void Run(ComputePool pool, LayerConfig layer, float softcap, KvCache cache, int index, float* q, int n, int start, float* output)
    {
        var group = layer.Heads / layer.KeyValueHeads;
        // Sized by the capacity, so that it is made once and not again for every token.
        var scratch = ((long)group * cache.Capacity + layer.HeadSize + 15) / 16 * 16;
        pool.For(layer.KeyValueHeads * n, new Part(layer, cache, index, softcap, q, start, output, pool.Scratch(1, scratch * pool.Threads), scratch));
    }

    private readonly struct Part(LayerConfig layer, KvCache cache, int index, float softcap, float* q, int start, float* output, float* scratch, long scratchLength) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var head = part % layer.KeyValueHeads;
            var token = part / layer.KeyValueHeads;
            var size = layer.HeadSize;
            var group = layer.Heads / layer.KeyValueHeads;
            var position = start + token;
            var begin = layer.SlidingWindow is { } window ? Math.Max(0, position - window + 1) : 0;
            var keys = position + 1 - begin;
            var scores = scratch + worker * scratchLength;
            var row = scores + (long)group * cache.Capacity;
            var queries = q + (long)token * layer.QuerySize + head * group * size;
            var mixed = output + (long)token * layer.QuerySize + head * group * size;
            for (var j = 0; j < keys; j++)
            {
                var key = Row(cache.Keys(index, head), begin + j, size, row);
                for (var g = 0; g < group; g++)
                    scores[(long)g * keys + j] = VectorMath.Dot(new ReadOnlySpan<float>(queries + g * size, size), new ReadOnlySpan<float>(key, size)) * layer.AttentionScale;
            }

            for (var g = 0; g < group; g++)
            {
                var seen = new Span<float>(scores + (long)g * keys, keys);
                if (softcap != 0) VectorMath.Softcap(seen, softcap);
                VectorMath.Softmax(seen);
            }

            new Span<float>(mixed, group * size).Clear();
            for (var j = 0; j < keys; j++)
            {
                var value = Row(cache.Values(index, head), begin + j, size, row);
                for (var g = 0; g < group; g++)
                    VectorMath.Axpy(scores[(long)g * keys + j], new ReadOnlySpan<float>(value, size), new Span<float>(mixed + g * size, size));
            }
        }

        private float* Row(byte* stored, int position, int size, float* decoded)
        {
            if (cache.Type == ElementType.F32) return (float*)stored + (long)position * size;
            WeightCodec.Dequantize(cache.Type, new ReadOnlySpan<byte>(stored + (long)position * size * 2, size * 2), new Span<float>(decoded, size));
            return decoded;
        }
    }
}
