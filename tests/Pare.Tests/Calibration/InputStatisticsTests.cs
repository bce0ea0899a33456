using Pare.Calibration;
using Pare.Numerics;

namespace Pare.Tests.Calibration;

public sealed unsafe class InputStatisticsTests
{
    [Theory]
    [InlineData(7)]
    [InlineData(200)]
    public void Sums_and_moments_meet_their_definitions(int columns)
    {
        using var pool = new ComputePool(2);
        using var statistics = new InputStatistics(columns, StatisticsKinds.SecondMoments);
        var random = new SeededRandom(4);
        var x = new float[45 * columns];
        for (var i = 0; i < x.Length; i++) x[i] = (float)random.NextGaussian();
        fixed (float* values = x)
        {
            statistics.Add(pool, values, 20);
            statistics.Add(pool, values + 20 * columns, 25);
        }

        statistics.Complete();
        Assert.Equal(45, statistics.Tokens);
        for (var i = 0; i < columns; i++)
        {
            double sum = 0, absolute = 0;
            float largest = 0;
            for (var t = 0; t < 45; t++)
            {
                sum += x[t * columns + i];
                absolute += Math.Abs((double)x[t * columns + i]);
                largest = Math.Max(largest, Math.Abs(x[t * columns + i]));
            }

            Assert.Equal(sum, statistics.Sums[i], 1e-12);
            Assert.Equal(absolute, statistics.AbsoluteSums[i], 1e-12);
            Assert.Equal(largest, statistics.AbsoluteMaxima[i]);
            for (var j = 0; j < columns; j++)
            {
                double moment = 0;
                for (var t = 0; t < 45; t++) moment += (double)x[t * columns + i] * x[t * columns + j];
                Assert.Equal(moment, statistics.Moments[i * columns + j], 1e-4);
                if (i == j) Assert.Equal(moment, statistics.SquareSums[i], 1e-11);
            }
        }
    }

    [Fact]
    public void A_channel_that_is_not_finite_is_found()
    {
        using var pool = new ComputePool(1);
        using var statistics = new InputStatistics(3, StatisticsKinds.Channels);
        float[] x = [1, 2, 3, 4, float.NaN, 6];
        fixed (float* values = x) statistics.Add(pool, values, 2);
        Assert.Equal(1, statistics.FindNotFinite());
    }
}
