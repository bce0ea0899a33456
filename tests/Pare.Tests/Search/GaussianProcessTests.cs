using Pare.Search;

namespace Pare.Tests.Search;

public sealed class GaussianProcessTests
{
    [Fact]
    public void Two_observations_give_the_conditional_normal_law_by_hand()
    {
        // Standardized targets −1 and 1 at distance √5·d/length = r: k = (1 + r + r²/3)·e^−r. At the first input itself, the mean is the observation shrunk by the noise.
        const double length = 1.3, noise = 0.1;
        var process = GaussianProcess.Fit([[0.0], [2.0]], [3.0, 7.0], length, noise)!;
        double K(double d) { var r = Math.Sqrt(5) * d / length; return (1 + r + r * r / 3) * Math.Exp(-r); }
        double a = 1 + noise, k = K(2), x = K(0.5), y = K(1.5), determinant = a * a - k * k;
        var mean = 5 + 2 * (x * (-a - k) + y * (a + k)) / determinant;
        var variance = 4 * (1 - (x * (a * x - k * y) + y * (a * y - k * x)) / determinant);
        var (found, deviation) = process.Predict([0.5]);
        Assert.Equal(mean, found, 12);
        Assert.Equal(Math.Sqrt(variance), deviation, 12);
        Assert.Equal(-0.5 * (((a + k) * 2) / determinant + Math.Log(determinant)), process.LogLikelihood, 12);
    }

    [Fact]
    public void The_fitted_process_predicts_a_smooth_function()
    {
        var inputs = Enumerable.Range(0, 60).Select(i => new[] { i * 37 % 61 / 61.0, i * 23 % 59 / 59.0 }).ToList();
        static double F(double[] x) => Math.Sin(3 * x[0]) + x[1] * x[1];
        var process = GaussianProcess.Fit(inputs, [.. inputs.Select(F)]);
        for (var i = 0; i < 20; i++)
        {
            double[] x = [0.1 + i * 0.04, 0.9 - i * 0.04];
            Assert.Equal(F(x), process.Predict(x).Mean, 0.01);
        }
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1, 0.841344746068543)]
    [InlineData(-1.959963984540054, 0.025)]
    [InlineData(3, 0.998650101968370)]
    [InlineData(-5, 2.866515718791939e-7)]
    public void The_normal_law_has_its_tabled_values(double z, double expected) => Assert.Equal(expected, NormalLaw.Cumulative(z), 1e-12);

    [Fact]
    public void Expected_improvement_is_its_integral()
    {
        foreach (var (mean, deviation, best) in ((double, double, double)[])[(1, 0.5, 1.2), (2, 0.3, 1), (0, 2, -1)])
        {
            double sum = 0;
            const int steps = 200000;
            for (var i = 0; i < steps; i++)
            {
                var z = -10 + 20 * (i + 0.5) / steps;
                sum += Math.Max(0, best - mean - deviation * z) * Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI) * 20 / steps;
            }

            Assert.Equal(sum, BayesianSearch.ExpectedImprovement(mean, deviation, best), 1e-7);
        }
    }
}
