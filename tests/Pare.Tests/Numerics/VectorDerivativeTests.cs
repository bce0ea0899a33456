using System.Runtime.Intrinsics;
using Pare.Numerics;

namespace Pare.Tests.Numerics;

/// <summary>Derivatives of element-wise functions and of softmax against formulas in double precision.</summary>
public sealed class VectorDerivativeTests
{
    private static readonly float[] s_points = [0, 1e-30f, -1e-30f, 1e-6f, -1e-6f, 0.3f, -0.3f, 1, -1, 2.5f, -2.5f, 4.7f, -4.7f, 8, -8, 20, -20, 90, -90, 1e4f, -1e4f];

    [Fact]
    public void Silu_has_its_derivative() => Check<SiluDerivative>(
        x => x / (1 + Math.Exp(-x)), x => 1 / (1 + Math.Exp(-x)) * (1 + x * (1 - 1 / (1 + Math.Exp(-x)))));

    [Fact]
    public void Relu_has_its_derivative() => Check<ReluDerivative>(x => Math.Max(x, 0), x => x > 0 ? 1 : 0);

    [Fact]
    public void Gelu_by_tanh_has_its_derivative() => Check<GeluTanhDerivative>(
        x => x / 2 * (1 + Math.Tanh(Root * (x + 0.044715 * x * x * x))),
        x =>
        {
            var tanh = Math.Tanh(Root * (x + 0.044715 * x * x * x));
            return (1 + tanh) / 2 + x / 2 * (1 - tanh * tanh) * Root * (1 + 3 * 0.044715 * x * x);
        });

    [Fact]
    public void Gelu_has_its_derivative() => Check<GeluDerivative>(
        x => x * Training.Definition.NormalDistribution.Cumulative(x),
        x => Training.Definition.NormalDistribution.Cumulative(x) + x * Training.Definition.NormalDistribution.Density(x));

    [Theory]
    [InlineData(1, 0)]
    [InlineData(7, 0)]
    [InlineData(64, 0)]
    [InlineData(77, 2.5)]
    public void Softmax_backward_makes_probabilities_and_gradients_of_the_uncapped_scores(int length, double cap)
    {
        var random = new SeededRandom(4);
        double[] raw = [.. Enumerable.Range(0, length).Select(_ => 3 * random.NextGaussian())];
        double[] dp = [.. raw.Select(_ => random.NextGaussian())];
        double[] capped = [.. raw.Select(s => cap == 0 ? s : cap * Math.Tanh(s / cap))];
        var logSum = Math.Log(capped.Sum(Math.Exp));
        double[] p = [.. capped.Select(s => Math.Exp(s - logSum))];
        var delta = p.Zip(dp, (a, b) => a * b).Sum();
        float[] scores = [.. capped.Select(s => (float)s)];
        float[] slopes = [.. dp.Select(d => (float)d)];
        VectorMath.SoftmaxBackward(scores, slopes, (float)logSum, (float)delta, (float)cap);
        for (var i = 0; i < length; i++)
        {
            var slope = cap == 0 ? 1 : 1 - Math.Pow(Math.Tanh(raw[i] / cap), 2);
            // Scores up to 12 are rounded at 5e-7, which moves e^s by as much of itself; the slope of a cap loses digits near it.
            Assert.Equal(p[i], scores[i], 3e-6 * p[i]);
            Assert.Equal(p[i] * (dp[i] - delta) * slope, slopes[i], 1e-5 * p[i] * (1 + Math.Abs(dp[i])));
        }
    }

    private static double Root => Math.Sqrt(2 / Math.PI);

    private static void Check<T>(Func<double, double> value, Func<double, double> derivative)
        where T : struct, IVectorDerivative
    {
        foreach (var x in s_points)
        {
            var (v, d) = (value(x), derivative(x));
            var lanes = T.Invoke(Vector256.Create(x), out var slopes);
            for (var lane = 0; lane < Vector256<float>.Count; lane++)
            {
                Near(v, lanes[lane], x);
                Near(d, slopes[lane], x);
            }
        }
    }

    // A few roundings of the value, or of 1 where larger parts cancel.
    private static void Near(double expected, float found, float x) =>
        Assert.True(Math.Abs(expected - found) <= 2e-6 * Math.Max(Math.Abs(expected), Math.Min(1, Math.Abs(x))) + 1e-6 * (Math.Abs(expected) > 0.4 ? 1 : 0) + 1e-37, $"at {x}: expected {expected}, found {found}");
}
