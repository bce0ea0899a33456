using Pare.Models;
using Pare.Numerics;
using Pare.Runtime;

namespace Pare.Benchmarks.Runtime;

/// <summary>Fills a cache with random keys and values, which cost as much to read as real ones.</summary>
internal static unsafe class CacheFill
{
    /// <summary>Appends random positions.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="length">Positions.</param>
    public static void Random(KvCache cache, int length)
    {
        var random = new SeededRandom(3);
        var numbers = stackalloc float[2 * cache.Config.Layers.Max(layer => layer.HeadSize)];
        for (var layer = 0; layer < cache.Config.Layers.Count; layer++)
        {
            var shape = cache.Config.Layers[layer];
            for (var position = 0; position < length; position++)
            {
                for (var i = 0; i < 2 * shape.HeadSize; i++) numbers[i] = (float)random.NextDouble() - 0.5f;
                for (var head = 0; head < shape.KeyValueHeads; head++) cache.Store(layer, head, position, numbers, numbers + shape.HeadSize);
            }
        }

        cache.Append(length);
    }
}
