using Pare.Numerics;
using Pare.Search;

namespace Pare.Tests.Search;

public sealed class PredictorTests
{
    private static (List<double[]> Inputs, List<double> Targets) Data(int count, int features, int seed, double noise = 0.3)
    {
        var random = new Random(seed);
        var inputs = Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, features).Select(_ => (double)random.Next(2)).ToArray()).ToList();
        return (inputs, [.. inputs.Select(x => 20 + x.Select((v, i) => v * (i + 1)).Sum() + 3 * x[0] * x[1] + noise * random.NextDouble())]);
    }

    [Theory]
    [InlineData(12, 5)]
    [InlineData(6, 20)]
    public void Ridge_is_the_least_of_its_objective(int count, int features)
    {
        var (inputs, targets) = Data(count, features, count);
        foreach (var alpha in (double[])[0.1, 1, 10])
        {
            var ridge = RidgeRegression.Fit(inputs, targets, [0.5, alpha])[1];
            // The function is linear, so weights and intercept are read off it; at the least value every derivative of the objective is zero.
            var intercept = ridge.Predict(new double[features]);
            double[] weights = [.. Enumerable.Range(0, features).Select(j => ridge.Predict([.. Enumerable.Range(0, features).Select(k => k == j ? 1.0 : 0)]) - intercept)];
            double[] residuals = [.. inputs.Select((x, i) => targets[i] - intercept - x.Zip(weights).Sum(pair => pair.First * pair.Second))];
            Assert.Equal(0, residuals.Sum(), 9);
            for (var j = 0; j < features; j++) Assert.Equal(alpha * weights[j], inputs.Select((x, i) => x[j] * residuals[i]).Sum(), 8);
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(100, 0)]
    [InlineData(5, 0.5)]
    public void Support_vectors_have_no_duality_gap(double c, double epsilon)
    {
        var (inputs, targets) = Data(60, 12, 7);
        const double gamma = 1.0 / 12;
        var gram = SupportVectorRegression.Gram(inputs, gamma);
        var (beta, intercept) = SupportVectorRegression.Solve(gram, [.. targets], c, epsilon, 1e-7);
        Assert.Equal(0, beta.Sum(), 9);
        Assert.All(beta, b => Assert.InRange(b, -c, c));
        double squared = 0, errors = 0, dual = 0;
        for (var i = 0; i < 60; i++)
        {
            double f = 0;
            for (var j = 0; j < 60; j++)
            {
                var kernel = Math.Exp(-gamma * inputs[i].Zip(inputs[j]).Sum(pair => (pair.First - pair.Second) * (pair.First - pair.Second)));
                f += beta[j] * kernel;
            }

            squared += beta[i] * f;
            errors += Math.Max(0, Math.Abs(targets[i] - f - intercept) - epsilon);
            dual += targets[i] * beta[i] - epsilon * Math.Abs(beta[i]);
        }

        // Any feasible β bounds the least primal value from below; where both meet, both are optimal.
        var primal = 0.5 * squared + c * errors;
        Assert.Equal(primal, dual - 0.5 * squared, 1e-4 * primal);
    }

    [Fact]
    public void The_better_kind_of_predictor_is_chosen()
    {
        var (inputs, targets) = Data(120, 12, 3, 0);
        double[] linear = [.. inputs.Select(x => 50 + x.Select((v, i) => v * (i + 1)).Sum())];
        Assert.StartsWith("ridge", PredictorSelection.Fit(inputs, linear, new SeededRandom(1)).Name, StringComparison.Ordinal);
        double[] curved = [.. inputs.Select(x => 30 + 10 * Math.Cos(x.Sum()))];
        Assert.StartsWith("RBF-SVR", PredictorSelection.Fit(inputs, curved, new SeededRandom(1)).Name, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1e-6)]
    [InlineData(-1e9)]
    public void Predictions_hold_on_what_was_not_seen_whatever_the_unit(double unit)
    {
        var (inputs, targets) = Data(400, 12, 5, 0);
        double[] values = [.. targets.Select(value => value * unit)];
        var predictor = PredictorSelection.Fit([.. inputs.Take(200)], [.. values.Take(200)], new SeededRandom(2));
        double[] actual = [.. values.Skip(200)], predicted = [.. inputs.Skip(200).Select(predictor.Predict)];
        Assert.InRange(PredictionQuality.KendallTau(actual, predicted), 0.95, 1);
        Assert.InRange(PredictionQuality.MeanAbsolutePercentageError(actual, predicted), 0, 0.02);
        Assert.InRange(predictor.CrossValidatedError, 0, 0.02);
    }

    [Fact]
    public void Kendall_tau_counts_pairs_and_ties()
    {
        Assert.Equal(1, PredictionQuality.KendallTau([1, 2, 3], [10, 20, 30]));
        Assert.Equal(-1, PredictionQuality.KendallTau([1, 2, 3], [3, 2, 1]));
        // By hand: pairs (1,2) tied on the left; of the others two agree and three do not; 5 and 6 untied pairs.
        Assert.Equal((2 - 3) / Math.Sqrt(5 * 6), PredictionQuality.KendallTau([1, 1, 2, 3], [1, 4, 3, 2]), 12);
        Assert.Equal(0, PredictionQuality.KendallTau([1, 1], [1, 2]));
    }

    [Fact]
    public void The_percentage_error_is_a_mean_of_shares() => Assert.Equal((0.5 + 0.25) / 2, PredictionQuality.MeanAbsolutePercentageError([2, -4], [3, -3]), 15);

    [Fact]
    public void Cholesky_solves_and_refuses()
    {
        var factor = CholeskyFactor.TryCreate([[4], [2, 5], [-2, 1, 6]])!;
        // A·(1, −2, 3) by hand: (4−4−6, 2−10+3, −2−2+18).
        Assert.All(factor.Solve([-6, -5, 14]).Zip([1.0, -2, 3]), pair => Assert.Equal(pair.Second, pair.First, 12));
        // det by hand: 4·(30−1) − 2·(12+2) − 2·(2+10).
        Assert.Equal(Math.Log(116 - 28 - 24), factor.LogDeterminant, 12);
        Assert.Null(CholeskyFactor.TryCreate([[1], [2, 1]]));
    }
}
