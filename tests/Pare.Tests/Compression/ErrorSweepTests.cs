using Pare.Calibration;
using Pare.Compression;
using Pare.Numerics;

namespace Pare.Tests.Compression;

public sealed unsafe class ErrorSweepTests
{
    private const int Rows = 5;

    /// <summary>After each column the remaining weights are the least-squares answer to what was chosen so far, found here by elimination on the whole of H.</summary>
    [Theory]
    [InlineData(24, 128)]
    [InlineData(24, 8)]
    [InlineData(150, 128)]
    public void Columns_not_yet_reached_make_up_for_the_chosen_ones_as_least_squares_would(int columns, int run)
    {
        using var pool = new ComputePool(2);
        using var statistics = Statistics(pool, columns, 400);
        using var factor = new InverseFactor(pool, statistics, 0.01, byMoment: false);
        var random = new SeededRandom(8);
        var weights = new float[Rows * columns];
        for (var i = 0; i < weights.Length; i++) weights[i] = (float)random.NextGaussian() * 3;
        var original = Array.ConvertAll(weights, value => (double)value);
        fixed (float* w = weights) ErrorSweep.Apply(pool, w, Rows, columns, factor.Values, new ToWhole(), run);
        Assert.All(weights, value => Assert.Equal(MathF.Round(value), value));

        var h = Damped(statistics, 0.01);
        var differing = 0;
        for (var row = 0; row < Rows; row++)
        {
            var expected = original.AsSpan(row * columns, columns).ToArray();
            for (var j = 0; j < columns; j++)
            {
                // The chosen values are fixed; the rest minimizes (ŵ − w)·H·(ŵ − w)ᵀ.
                expected[j] = weights[row * columns + j];
                var delta = new double[columns];
                for (var i = 0; i <= j; i++) delta[i] = weights[row * columns + i] - original[row * columns + i];
                var rest = columns - j - 1;
                if (rest == 0) break;
                var right = new double[rest];
                for (var i = 0; i < rest; i++)
                {
                    for (var t = 0; t <= j; t++) right[i] -= h[(j + 1 + i) * columns + t] * delta[t];
                }

                var moved = Solve(h, columns, j + 1, right);
                var next = original[row * columns + j + 1] + moved[0];
                // A value next to a half may fall to either side.
                if (Math.Abs(Math.Round(next) - weights[row * columns + j + 1]) > 0.5 && Math.Abs(next - Math.Floor(next) - 0.5) > 1e-3) differing++;
            }
        }

        Assert.Equal(0, differing);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_factor_is_that_of_the_inverse(bool byMoment)
    {
        const int Columns = 30;
        using var pool = new ComputePool(1);
        using var statistics = Statistics(pool, Columns, 200);
        using var factor = new InverseFactor(pool, statistics, 0.02, byMoment);
        Assert.Equal(0.02, factor.Damping);
        var h = Damped(statistics, 0.02);
        var order = factor.Order.ToArray();
        Assert.Equal(Enumerable.Range(0, Columns), order.Order());
        for (var i = 1; i < Columns && byMoment; i++) Assert.True(statistics.SquareSums[order[i]] <= statistics.SquareSums[order[i - 1]]);
        for (var i = 0; i < Columns; i++)
        {
            for (var j = 0; j < Columns; j++)
            {
                // H · (Uᵀ U) = I
                double unit = 0;
                for (var t = 0; t < Columns; t++)
                {
                    double inverse = 0;
                    for (var s = 0; s <= Math.Min(t, j); s++) inverse += (double)factor.Values[s * Columns + t] * factor.Values[s * Columns + j];
                    unit += h[order[i] * Columns + order[t]] * inverse;
                }

                Assert.Equal(i == j ? 1 : 0, unit, 1e-4);
            }
        }
    }

    [Fact]
    public void A_channel_without_input_is_dead_and_alone()
    {
        using var pool = new ComputePool(1);
        using var statistics = new InputStatistics(3, StatisticsKinds.SecondMoments);
        float[] x = [1, 0, 2, -1, 0, 1, 3, 0, 1];
        fixed (float* values = x) statistics.Add(pool, values, 3);
        statistics.Complete();
        using var factor = new InverseFactor(pool, statistics, 0.01, byMoment: false);
        Assert.Equal([false, true, false], factor.Dead.ToArray());
        Assert.Equal(0, factor.Values[1]);
        Assert.Equal(0, factor.Values[1 * 3 + 2]);
    }

    [Fact]
    public void The_output_error_is_that_of_the_outputs()
    {
        const int Columns = 70, Tokens = 90;
        using var pool = new ComputePool(2);
        var x = Inputs(Columns, Tokens);
        using var statistics = Statistics(pool, Columns, Tokens);
        var random = new SeededRandom(3);
        var before = new float[Rows * Columns];
        var after = new float[Rows * Columns];
        for (var i = 0; i < before.Length; i++) (before[i], after[i]) = ((float)random.NextGaussian(), (float)random.NextGaussian());
        double changed = 0, all = 0;
        for (var row = 0; row < Rows; row++)
        {
            for (var t = 0; t < Tokens; t++)
            {
                double y = 0, difference = 0;
                for (var i = 0; i < Columns; i++)
                {
                    y += (double)before[row * Columns + i] * x[t * Columns + i];
                    difference += (double)(after[row * Columns + i] - before[row * Columns + i]) * x[t * Columns + i];
                }

                all += y * y;
                changed += difference * difference;
            }
        }

        Assert.Equal(Math.Sqrt(changed / all), OutputError.Relative(pool, statistics, before, after, Rows), 1e-5);
    }

    private static double[] Damped(InputStatistics statistics, double damping)
    {
        var n = statistics.Columns;
        var h = new double[n * n];
        double mean = 0;
        for (var i = 0; i < n; i++) mean += statistics.SquareSums[i] / n;
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++) h[i * n + j] = statistics.Moments[i * n + j] + (i == j ? damping * mean : 0);
        }

        return h;
    }

    // Gauss elimination on the lower right part of h from `first` on.
    private static double[] Solve(double[] h, int n, int first, double[] right)
    {
        var m = n - first;
        var a = new double[m, m + 1];
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < m; j++) a[i, j] = h[(first + i) * n + first + j];
            a[i, m] = right[i];
        }

        for (var p = 0; p < m; p++)
        {
            for (var i = p + 1; i < m; i++)
            {
                var f = a[i, p] / a[p, p];
                for (var j = p; j <= m; j++) a[i, j] -= f * a[p, j];
            }
        }

        var x = new double[m];
        for (var i = m - 1; i >= 0; i--)
        {
            x[i] = a[i, m];
            for (var j = i + 1; j < m; j++) x[i] -= a[i, j] * x[j];
            x[i] /= a[i, i];
        }

        return x;
    }

    private static float[] Inputs(int columns, int tokens)
    {
        var random = new SeededRandom(11);
        var x = new float[tokens * columns];
        // Neighbouring channels are related, so that errors have somewhere to go.
        for (var t = 0; t < tokens; t++)
        {
            double carried = 0;
            for (var i = 0; i < columns; i++) x[t * columns + i] = (float)(carried = 0.7 * carried + random.NextGaussian());
        }

        return x;
    }

    private static InputStatistics Statistics(ComputePool pool, int columns, int tokens)
    {
        var statistics = new InputStatistics(columns, StatisticsKinds.SecondMoments);
        fixed (float* values = Inputs(columns, tokens)) statistics.Add(pool, values, tokens);
        statistics.Complete();
        return statistics;
    }

    private readonly struct ToWhole : IColumnRule
    {
        public void BeginRun(float* weights, int start, int count)
        {
        }

        public float Choose(int row, float* current, float* before, int column, int offset) => MathF.Round(current[offset]);
    }
}
