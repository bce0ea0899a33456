using Pare.Numerics;
using Pare.Search;

namespace Pare.Tests.Search.SuperNetwork;

public sealed class PairedTestTests
{
    // Tables of Student's law, to the digits that they give.
    [Theory]
    [InlineData(0.975, 1, 12.7062)]
    [InlineData(0.95, 2, 2.91999)]
    [InlineData(0.995, 3, 5.84091)]
    [InlineData(0.99, 7, 2.99795)]
    [InlineData(0.999, 15, 3.73283)]
    [InlineData(0.95, 30, 1.69726)]
    public void Quantiles_are_those_of_the_tables(double share, int degrees, double expected)
    {
        Assert.Equal(expected, StudentLaw.Quantile(share, degrees), 1e-5 * expected);
        Assert.Equal(share, StudentLaw.Cumulative(StudentLaw.Quantile(share, degrees), degrees), 1e-10);
        Assert.Equal(1 - share, StudentLaw.Cumulative(-StudentLaw.Quantile(share, degrees), degrees), 1e-10);
    }

    public static TheoryData<string, int, double> Laws
    {
        get
        {
            var data = new TheoryData<string, int, double>();
            foreach (var law in (string[])["normal", "laplace", "uniform", "student", "right"])
                foreach (var windows in (int[])[16, 32, 128])
                    foreach (var rate in (double[])[0.01, 0.05]) data.Add(law, windows, rate);
            return data;
        }
    }

    // A candidate whose mean difference over all windows is exactly 0 is the least that may not be stopped.
    [Theory]
    [MemberData(nameof(Laws))]
    public void Candidates_that_are_not_worse_are_stopped_at_no_higher_than_the_stated_rate(string law, int windows, double rate)
    {
        const int Populations = 6000;
        var random = new SeededRandom(7);
        var test = new PairedTest(rate, windows);
        var stopped = 0;
        for (var i = 0; i < Populations; i++)
        {
            double[] differences = [.. Enumerable.Range(0, windows).Select(_ => Draw(law, random))];
            var mean = differences.Average();
            for (var w = 0; w < windows; w++) differences[w] -= mean;
            if (Stop(test, differences) < windows) stopped++;
        }

        // Three standard errors of the count.
        Assert.InRange(stopped, 0, rate * Populations + 3 * Math.Sqrt(rate * Populations));
    }

    [Theory]
    [InlineData(0.5, 0.99)]
    [InlineData(2, 0.5)]
    public void Candidates_that_are_clearly_worse_are_stopped_early(double deviation, double mostWindows)
    {
        var random = new SeededRandom(5);
        var test = new PairedTest(0.01, 64);
        var seen = 0;
        for (var i = 0; i < 500; i++) seen += Stop(test, [.. Enumerable.Range(0, 64).Select(_ => 1 + deviation * random.NextGaussian())]);
        Assert.InRange(seen / (500.0 * 64), 0, mostWindows * deviation);
    }

    [Fact]
    public void It_looks_after_powers_of_two_and_needs_a_difference()
    {
        var test = new PairedTest(0.01, 16);
        Assert.False(test.IsWorse([1, 1, 1]));
        Assert.True(test.IsWorse([1, 1, 1, 1]));
        Assert.False(test.IsWorse([1, 1, 1, 1, 1]));
        Assert.False(test.IsWorse([0, 0, 0, 0]));
        Assert.False(test.IsWorse([-1, -1, -1, -1]));
        Assert.False(test.IsWorse([.. Enumerable.Repeat(1.0, 16)]));
    }

    private static int Stop(PairedTest test, double[] differences)
    {
        for (var seen = 1; seen < differences.Length; seen++)
            if (test.IsWorse(differences.AsSpan(0, seen))) return seen;
        return differences.Length;
    }

    private static double Draw(string law, SeededRandom random) => law switch
    {
        "normal" => random.NextGaussian(),
        "laplace" => Math.Log(1 - random.NextDouble()) * (random.NextDouble() < 0.5 ? 1 : -1),
        "uniform" => random.NextDouble(),
        // Five degrees of freedom.
        "student" => random.NextGaussian() / Math.Sqrt(Enumerable.Range(0, 5).Sum(_ => Math.Pow(random.NextGaussian(), 2)) / 5),
        // Rarely much worse: a tail to the right.
        _ => -Math.Log(1 - random.NextDouble()),
    };
}
