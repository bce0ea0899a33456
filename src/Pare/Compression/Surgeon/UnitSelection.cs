namespace Pare.Compression;

/// <summary>The cheapest units of all sites together: everything below a threshold, and the first of those at it.</summary>
internal sealed class UnitSelection
{
    private readonly UnitCosts _costs;
    private readonly uint _threshold;
    private readonly Dictionary<int, long> _quotas = [];

    /// <summary>Finds the threshold below which exactly so many units lie.</summary>
    /// <param name="costs">The costs.</param>
    /// <param name="count">How many units to take, at most all.</param>
    public UnitSelection(UnitCosts costs, long count)
    {
        _costs = costs;
        // Costs are not negative, and such numbers are in the order of their bits: the upper half first, then the lower one.
        var upper = Histogram(bits => bits >> 16, out _);
        var (high, below) = Find(upper, count);
        var lower = Histogram(bits => bits >> 16 == high ? bits & 0xFFFF : uint.MaxValue, out _);
        var (low, within) = Find(lower, count - below);
        _threshold = high << 16 | low;
        var ties = count - below - within;
        Histogram(bits => bits == _threshold ? 0 : uint.MaxValue, out var perSite);
        for (var site = 0; site < costs.Sites.Count; site++)
        {
            var taken = Math.Min(ties, perSite[site]);
            _quotas.Add(site, taken);
            ties -= taken;
        }
    }

    /// <summary>The largest cost that may go.</summary>
    public float Threshold => BitConverter.UInt32BitsToSingle(_threshold);

    /// <summary>Marks the weights of a site that go.</summary>
    /// <param name="site">Index of the site.</param>
    /// <returns>[rows · columns].</returns>
    public bool[] Mask(int site)
    {
        var shape = _costs.Sites[site];
        var mask = new bool[checked(shape.Rows * shape.Columns)];
        var costs = new float[_costs.UnitsPerRow(shape)];
        var units = new bool[costs.Length];
        var quota = _quotas[site];
        for (var row = 0; row < shape.Rows; row++)
        {
            _costs.Row(site, row, costs);
            for (var i = 0; i < costs.Length; i++)
            {
                var bits = Bits(costs[i]);
                units[i] = bits < _threshold || (bits == _threshold && quota-- > 0);
            }

            _costs.Mark(site, row, units, mask.AsSpan(row * shape.Columns, shape.Columns));
        }

        return mask;
    }

    private static uint Bits(float cost) => cost > 0 ? BitConverter.SingleToUInt32Bits(cost) : 0;

    // The bucket that holds the unit behind the first count, and how many lie below it.
    private static (uint Bucket, long Below) Find(long[] histogram, long count)
    {
        long below = 0;
        for (var bucket = 0; bucket < histogram.Length; bucket++)
        {
            if (below + histogram[bucket] >= count) return ((uint)bucket, below);
            below += histogram[bucket];
        }

        throw new InvalidOperationException($"there are only {below} units, not {count}");
    }

    private long[] Histogram(Func<uint, uint> bucketOf, out long[] perSite)
    {
        var histogram = new long[1 << 16];
        perSite = new long[_costs.Sites.Count];
        for (var site = 0; site < perSite.Length; site++)
        {
            var shape = _costs.Sites[site];
            var costs = new float[_costs.UnitsPerRow(shape)];
            for (var row = 0; row < shape.Rows; row++)
            {
                _costs.Row(site, row, costs);
                foreach (var cost in costs)
                {
                    var bucket = bucketOf(Bits(cost));
                    if (bucket == uint.MaxValue) continue;
                    histogram[bucket]++;
                    perSite[site]++;
                }
            }
        }

        return histogram;
    }
}
