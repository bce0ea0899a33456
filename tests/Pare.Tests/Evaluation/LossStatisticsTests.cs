using Pare.Evaluation;

namespace Pare.Tests.Evaluation;

public class LossStatisticsTests
{
    [Fact]
    public void The_standard_error_is_the_sample_deviation_over_the_root_of_the_number()
    {
        // Mean 5, squared deviations 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32, over 7, under the root, over √8.
        Assert.Equal(Math.Sqrt(32 / 7.0) / Math.Sqrt(8), LossStatistics.StandardError([2, 4, 4, 4, 5, 5, 7, 9])!.Value, 1e-12);
        Assert.Null(LossStatistics.StandardError([1]));
    }

    [Fact]
    public void Quantiles_lie_linearly_between_neighbours()
    {
        double[] values = [1, 2, 4, 8];
        Assert.Equal([1, 3, 8, 7.88], [LossStatistics.Quantile(values, 0), LossStatistics.Quantile(values, 0.5), LossStatistics.Quantile(values, 1), Math.Round(LossStatistics.Quantile(values, 0.99), 12)]);
    }
}
