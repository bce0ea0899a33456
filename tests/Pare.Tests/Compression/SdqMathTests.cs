using Pare.Compression;
using Pare.Formats;
using Pare.Formats.Numbers;
using Pare.Formats.Sparse;

namespace Pare.Tests.Compression;

/// <summary>SDQ over rows: the decomposition's identity and counts, importance by its formulas, and the paper's model of throughput.</summary>
public sealed class SdqMathTests
{
    // Worked out by hand from 1 / Σ (N/M)(b/16).
    [Theory]
    [InlineData("8:8-int8", 2)]
    [InlineData("8:8-fp4", 4)]
    [InlineData("2:4-fp8", 4)]
    [InlineData("6:8-fp4+1:8-int8", 4)]
    [InlineData("4:8-fp4+2:8-int8", 4)]
    [InlineData("2:4-fp4+1:4-int8", 4)]
    [InlineData("7:8-fp4+1:8-int8", 3.5555555555555554)]
    [InlineData("3:8-fp4+1:8-int8", 6.4)]
    public void Throughput_follows_the_model(string format, double expected) =>
        Assert.Equal(expected, SdqMath.ModelledThroughput(SparseFormat.Of(ElementTypes.Parse(format))), 1e-12);

    [Theory]
    [InlineData("6:8-fp4+1:8-int8", SdqMetric.Magnitude)]
    [InlineData("4:8-fp4+2:8-int8", SdqMetric.Wanda)]
    [InlineData("2:4-fp4+1:4-int8", SdqMetric.Error)]
    [InlineData("13:16-fp4+2:16-int8", SdqMetric.Error)]
    public void The_parts_have_exact_counts_and_add_up_to_the_kept_weights(string name, SdqMetric outlierMetric)
    {
        var format = SparseFormat.Of(ElementTypes.Parse(name));
        var random = new Random(8);
        for (var trial = 0; trial < 20; trial++)
        {
            var columns = format.Block * random.Next(1, 20);
            var values = Enumerable.Range(0, columns).Select(_ => random.Next(6) == 0 ? 0 : (float)(random.NextDouble() - 0.5)).ToArray();
            var norms = Enumerable.Range(0, columns).Select(_ => (float)random.NextDouble()).ToArray();
            var (kept, outlying, marks) = (new float[columns], new float[columns], new byte[columns]);
            SdqMath.Importance(SdqMetric.Wanda, format, values, norms, kept);
            SdqMath.Importance(outlierMetric, format, values, norms, outlying);
            SparseSplit.Assign(format, kept, outlying, marks);
            var (inliers, outliers) = (new float[columns], new float[columns]);
            SdqMath.Decompose(values, marks, inliers, outliers);
            for (var first = 0; first < columns; first += format.Block)
            {
                var block = Enumerable.Range(first, format.Block).ToArray();
                Assert.Equal(format.Inliers.Kept, block.Count(i => marks[i] == SparseSplit.Inlier));
                Assert.Equal(format.Outliers!.Value.Kept, block.Count(i => marks[i] == SparseSplit.Outlier));
                // No dropped weight counts more than a kept one, and no inlier more than an outlier.
                Assert.True(block.Where(i => marks[i] == 0).All(i => block.Where(j => marks[j] != 0).All(j => kept[j] >= kept[i])));
                Assert.True(block.Where(i => marks[i] == 1).All(i => block.Where(j => marks[j] == 2).All(j => outlying[j] >= outlying[i])));
                foreach (var i in block)
                {
                    Assert.True(inliers[i] == 0 || outliers[i] == 0);
                    Assert.Equal(marks[i] == 0 ? 0 : values[i], inliers[i] + outliers[i]);
                }
            }
        }
    }

    [Fact]
    public void Importance_follows_its_formulas()
    {
        var format = SparseFormat.Of(ElementTypes.Parse("6:8-fp4+1:8-int8"));
        float[] values = [6, -5, 2.6f, 0.1f, 0, -1, 3.4f, 4], norms = [1, 2, 3, 4, 5, 6, 7, 8];
        var importance = new float[8];
        SdqMath.Importance(SdqMetric.Magnitude, format, values, [], importance);
        Assert.Equal([6, 5, 2.6f, 0.1f, 0, 1, 3.4f, 4], importance);
        SdqMath.Importance(SdqMetric.Wanda, format, values, norms, importance);
        Assert.Equal([6, 10, 3 * 2.6f, 0.4f, 0, 6, 7 * 3.4f, 32], importance);
        // The row's largest is 6, so the vector's scale is 1: 5 lies between 4 and 6 and goes to the even mantissa, 4.
        SdqMath.Importance(SdqMetric.Error, format, values, norms, importance);
        double[] expected = [0, 2, 3 * 0.4, 4 * 0.1, 0, 0, 7 * 0.4, 0];
        for (var i = 0; i < 8; i++) Assert.Equal(expected[i], importance[i], 1e-4);
    }
}
