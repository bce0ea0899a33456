using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>One piece of memory that holds the packed matrices of an engine, in large pages.</summary>
internal static unsafe class PackedWeights
{
    /// <summary>Packs the weights one after another; of each, the mapped pages are let go before the next is read.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="maps">The maps; those without a packed layout stay as they are.</param>
    /// <returns>The memory, which has to outlive the maps; null where nothing was packed.</returns>
    public static NativeBuffer<byte>? Pack(ComputePool pool, IReadOnlyList<Linear> maps)
    {
        var bytes = maps.Sum(map => map.PackedBytes);
        if (bytes == 0) return null;
        var memory = new NativeBuffer<byte>(bytes, zeroed: false);
        var place = memory.Pointer;
        foreach (var map in maps)
        {
            map.Pack(pool, place);
            place += map.PackedBytes;
        }

        return memory;
    }
}
