using Pare.Numerics;

namespace Pare.Tests.Numerics;

public sealed class WeightedKMeansTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 2)]
    [InlineData(9, 3)]
    [InlineData(10, 4)]
    [InlineData(8, 8)]
    public void The_centres_are_those_of_the_best_of_all_partitions(int n, int k)
    {
        var random = new SeededRandom((ulong)(17 * n + k));
        var solver = new WeightedKMeans(12, 8);
        for (var trial = 0; trial < 40; trial++)
        {
            var (numbers, weights) = Draw(random, n, trial);
            var centres = new double[k];
            var cost = solver.Solve(numbers, weights, centres);
            var expected = Best(numbers, weights, 0, k);
            Assert.Equal(expected, cost, 1e-9 * (1 + expected));
            // The centres give that cost.
            Assert.Equal(expected, Cost(numbers, weights, centres), 1e-9 * (1 + expected));
            Assert.Equal(centres.Order(), centres);
        }
    }

    [Fact]
    public void No_run_of_Lloyd_from_any_seeding_does_better()
    {
        var random = new SeededRandom(5);
        const int N = 600, K = 16;
        var (numbers, weights) = Draw(random, N, 1);
        var centres = new double[K];
        var cost = new WeightedKMeans(N, K).Solve(numbers, weights, centres);
        var best = double.PositiveInfinity;
        for (var seed = 0; seed < 30; seed++) best = Math.Min(best, Lloyd(numbers, weights, K, random));
        Assert.True(cost <= best * (1 + 1e-9), $"{cost} against {best}");
        // Lloyd's best of many comes near: the cost is no figure out of place.
        Assert.InRange(best / cost, 1, 1.2);
    }

    [Fact]
    public void Numbers_that_do_not_count_and_repeated_numbers_do_no_harm()
    {
        var solver = new WeightedKMeans(6, 4);
        var centres = new double[4];
        Assert.Equal(0, solver.Solve([1, 1, 1, 2], [1, 0, 2, 1], centres), 1e-12);
        Assert.Contains(1.0, centres);
        Assert.Contains(2.0, centres);
        Assert.Equal(0, solver.Solve([3, 4], [1, 1], centres));
        Assert.Equal([3, 4, 4, 4], centres);
        solver.Solve([-1, 5], [0, 0], centres.AsSpan(0, 1));
        Assert.Equal(2, centres[0]);
    }

    private static (float[] Numbers, double[] Weights) Draw(SeededRandom random, int n, int trial)
    {
        var numbers = Enumerable.Range(0, n).Select(_ => (float)(random.NextGaussian() * Math.Exp(random.NextGaussian()))).Order().ToArray();
        // Some of equal weights, some of very different ones with zeros.
        return (numbers, [.. Enumerable.Range(0, n).Select(_ => trial % 2 == 0 ? 1 : random.NextInt(5) == 0 ? 0 : Math.Exp(2 * random.NextGaussian()))]);
    }

    // Tries every end of the first run.
    private static double Best(float[] numbers, double[] weights, int from, int k)
    {
        if (k == 1) return Run(numbers, weights, from, numbers.Length);
        var best = double.PositiveInfinity;
        for (var end = from + 1; end <= numbers.Length - k + 1; end++) best = Math.Min(best, Run(numbers, weights, from, end) + Best(numbers, weights, end, k - 1));
        return best;
    }

    private static double Run(float[] numbers, double[] weights, int from, int end)
    {
        var weight = weights[from..end].Sum();
        if (weight == 0) return 0;
        var mean = Enumerable.Range(from, end - from).Sum(i => weights[i] * numbers[i]) / weight;
        return Enumerable.Range(from, end - from).Sum(i => weights[i] * (numbers[i] - mean) * (numbers[i] - mean));
    }

    private static double Cost(float[] numbers, double[] weights, double[] centres) =>
        Enumerable.Range(0, numbers.Length).Sum(i => weights[i] * centres.Min(centre => (numbers[i] - centre) * (numbers[i] - centre)));

    private static double Lloyd(float[] numbers, double[] weights, int k, SeededRandom random)
    {
        var centres = new List<double> { numbers[random.NextInt(numbers.Length)] };
        while (centres.Count < k)
        {
            // The next centre with a chance of its distance squared.
            var distances = numbers.Select((number, i) => weights[i] * centres.Min(centre => (number - centre) * (number - centre))).ToArray();
            var left = random.NextDouble() * distances.Sum();
            var chosen = 0;
            while (chosen < numbers.Length - 1 && (left -= distances[chosen]) > 0) chosen++;
            centres.Add(numbers[chosen]);
        }

        double[] current = [.. centres];
        for (var step = 0; step < 100; step++)
        {
            var nearest = numbers.Select(number => Array.IndexOf(current, current.MinBy(centre => Math.Abs(number - centre)))).ToArray();
            for (var c = 0; c < k; c++)
            {
                var members = Enumerable.Range(0, numbers.Length).Where(i => nearest[i] == c).ToList();
                var weight = members.Sum(i => weights[i]);
                if (weight > 0) current[c] = members.Sum(i => weights[i] * numbers[i]) / weight;
            }
        }

        return Cost(numbers, weights, current);
    }
}
