using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>A product of one token of which only those groups of rows are made that are multiplied with something afterwards.</summary>
internal static unsafe class RowGroupPass
{
    /// <summary>y[row] for the rows of every group with a factor that is not zero; other rows stay as they are.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="input">The token.</param>
    /// <param name="map">A map that <see cref="Linear.HasRowGroups"/>.</param>
    /// <param name="factors">[rows].</param>
    /// <param name="y">[rows].</param>
    /// <returns>Bytes of weights read.</returns>
    public static long Run(ComputePool pool, in LinearInput input, Linear map, float* factors, float* y)
    {
        var step = map.RowStep;
        var all = (map.Rows + step - 1) / step;
        var groups = (int*)pool.Scratch(0, all);
        var count = 0;
        for (var group = 0; group < all; group++)
        {
            var row = group * step;
            if (new ReadOnlySpan<float>(factors + row, Math.Min(step, map.Rows - row)).ContainsAnyExcept(0f)) groups[count++] = group;
        }

        if (count == 0) return 0;
        var bytes = map.WeightBytes / all * count;
        var perPart = LinearPass.PartRows(LinearPass.PartBytes(pool, bytes), bytes, count, 1);
        var parts = (count + perPart - 1) / perPart;
        WorkerShares.For(pool, parts, new Body(map, input, groups, count, perPart, y));
        return bytes;
    }

    private readonly struct Body(Linear map, LinearInput input, int* groups, int count, int perPart, float* y) : IParallelBody
    {
        public void Execute(int part, int worker) => map.MultiplyGroups(groups, part * perPart, Math.Min(count, (part + 1) * perPart), count, input, y);
    }
}
