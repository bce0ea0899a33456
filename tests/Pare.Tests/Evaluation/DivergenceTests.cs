using Pare.Evaluation;
using Pare.Numerics;

namespace Pare.Tests.Evaluation;

public class DivergenceTests
{
    // Logits below 30 in size are rounded to 2e-6; a probability carries that error relative to itself, and the differences carry it in full.
    [Theory]
    [InlineData(1, 0.5f, 1)]
    [InlineData(2, 5, 7)]
    [InlineData(3, 0.001f, 1024)]
    [InlineData(4, 2, 1025)]
    [InlineData(5, 0.1f, 49152)]
    public void KullbackLeibler_matches_the_definition_in_double_precision(ulong seed, float spread, int length)
    {
        var random = new SeededRandom(seed);
        var reference = new float[length];
        var model = new float[length];
        for (var i = 0; i < length; i++)
        {
            reference[i] = (float)(4 * random.NextGaussian());
            model[i] = reference[i] + (float)(spread * random.NextGaussian());
        }

        double zp = reference.Sum(x => Math.Exp(x)), zq = model.Sum(x => Math.Exp(x)), expected = 0;
        for (var i = 0; i < length; i++)
        {
            var p = Math.Exp(reference[i]) / zp;
            expected += p * (Math.Log(p) - (model[i] - Math.Log(zq)));
        }

        var actual = Divergence.KullbackLeibler(reference, VectorMath.LogSumExp(reference), model, VectorMath.LogSumExp(model));
        Assert.InRange(actual, expected - 1e-5, expected + 1e-5);
    }

    [Fact]
    public void A_prediction_does_not_diverge_from_itself()
    {
        var random = new SeededRandom(7);
        var logits = new float[5000];
        foreach (ref var logit in logits.AsSpan()) logit = (float)(5 * random.NextGaussian());
        var sum = VectorMath.LogSumExp(logits);
        Assert.Equal(0, Divergence.KullbackLeibler(logits, sum, logits, sum));
    }

    [Fact]
    public void The_histogram_counts_every_token_once()
    {
        double[] divergences = [0, 1e-7, 1e-6, 0.5, 2, 100];
        var ranges = DivergenceRange.Sort(divergences);
        Assert.Equal(divergences.Length, ranges.Sum(range => range.Tokens));
        Assert.Equal(2, ranges[0].Tokens);
        Assert.Equal(1, ranges[^1].Tokens);
        Assert.Null(ranges[^1].To);
    }
}
