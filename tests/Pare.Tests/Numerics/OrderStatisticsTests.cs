using Pare.Numerics;

namespace Pare.Tests.Numerics;

public sealed class OrderStatisticsTests
{
    [Fact]
    public void A_rank_is_the_place_in_the_sorted_numbers()
    {
        var random = new SeededRandom(4);
        for (var round = 0; round < 200; round++)
        {
            var values = new float[1 + random.NextInt(60)];
            // Few different numbers: ties, constant and sorted stretches.
            foreach (ref var value in values.AsSpan()) value = random.NextInt(1 + round % 12);
            if (round % 3 == 0) Array.Sort(values);
            var sorted = values.Order().ToArray();
            var rank = random.NextInt(values.Length);
            Assert.Equal(sorted[rank], OrderStatistics.Select(values, rank));
            Assert.All(values[..rank], value => Assert.True(value <= sorted[rank]));
            Assert.All(values[rank..], value => Assert.True(value >= sorted[rank]));
            Assert.Equal(sorted, values.Order());
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.5, 4)]
    [InlineData(0.25, 2.5)]
    [InlineData(0.9, 13.6)]
    [InlineData(1, 16)]
    public void A_quantile_lies_between_its_two_ranks(double level, double expected)
    {
        // 0.9 is rank 3.6: 10 + 0.6 · (16 − 10).
        float[] values = [10, 1, 16, 4, 2.5f];
        Assert.Equal(expected, OrderStatistics.Quantile(values, level), 1e-6);
    }
}
