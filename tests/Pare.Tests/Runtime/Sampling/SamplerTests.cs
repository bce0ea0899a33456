using Pare.Runtime;
using Pare.TestSupport;

namespace Pare.Tests.Runtime.Sampling;

public sealed class SamplerTests
{
    private const int Draws = 20_000;
    private static readonly float[] Logits = [1.5f, -0.3f, 2.2f, 0.1f, 2.2f, -4f, 0.9f, float.NegativeInfinity, 1.2f, -1f];

    public static TheoryData<string, SamplerOptions> Filters => new()
    {
        { "temperature alone", new SamplerOptions { Temperature = 1 } },
        { "hot", new SamplerOptions { Temperature = 2.5f } },
        { "cold", new SamplerOptions { Temperature = 0.4f } },
        { "top-k", new SamplerOptions { Temperature = 1, TopK = 3 } },
        { "top-k of one", new SamplerOptions { Temperature = 1, TopK = 1 } },
        { "top-k beyond the vocabulary", new SamplerOptions { Temperature = 1, TopK = 1000 } },
        { "top-p", new SamplerOptions { Temperature = 1, TopP = 0.7f } },
        { "tiny top-p", new SamplerOptions { Temperature = 1, TopP = 0.01f } },
        { "min-p", new SamplerOptions { Temperature = 1, MinP = 0.3f } },
        { "all filters", new SamplerOptions { Temperature = 0.8f, TopK = 6, TopP = 0.9f, MinP = 0.1f, RepetitionPenalty = 1.3f } },
        { "penalty", new SamplerOptions { Temperature = 1, RepetitionPenalty = 1.8f, RepetitionWindow = 2 } },
    };

    [Theory]
    [MemberData(nameof(Filters))]
    public void Frequencies_follow_the_definition(string name, SamplerOptions options)
    {
        int[] history = [0, 2, 5, 2];
        var expected = Definition(Logits, history, options);
        var sampler = new Sampler(options with { Seed = 42 }, Logits.Length);
        var counts = new int[Logits.Length];
        for (var i = 0; i < Draws; i++) counts[sampler.Next(Logits, history)]++;

        for (var id = 0; id < counts.Length; id++)
        {
            // Five standard deviations of a binomial count; a token that is filtered out never comes.
            var bound = 5 * Math.Sqrt(Draws * expected[id] * (1 - expected[id]));
            Assert.True(Math.Abs(counts[id] - Draws * expected[id]) <= bound + 1e-9, $"{name}: token {id} came {counts[id]} times, expected {Draws * expected[id]:F1} ± {bound:F1}");
        }
    }

    [Fact]
    public void Few_likely_tokens_of_a_large_vocabulary_are_found_without_sorting_it()
    {
        var random = new Random(7);
        var logits = Enumerable.Range(0, 50_000).Select(_ => (float)(random.NextDouble() * 12)).ToArray();
        foreach (var options in new[] { new SamplerOptions { Temperature = 0.6f, TopP = 0.5f }, new SamplerOptions { Temperature = 0.6f, MinP = 0.8f }, new SamplerOptions { Temperature = 0.6f, TopP = 0.9f, MinP = 0.2f }, new SamplerOptions { Temperature = 3, TopK = 40 }, new SamplerOptions { Temperature = 3, TopK = 40, TopP = 0.5f, MinP = 0.9f } })
        {
            var kept = Definition(logits, [], options);
            var sampler = new Sampler(options, logits.Length);
            for (var i = 0; i < 300; i++) Assert.True(kept[sampler.Next(logits, [])] > 0);
        }
    }

    [Fact]
    public void Greedy_takes_the_lowest_of_equally_likely_tokens()
    {
        Assert.Equal(2, new Sampler(new SamplerOptions(), Logits.Length).Next(Logits, []));
        Assert.Equal(0, new Sampler(new SamplerOptions(), 3).Next([0, 0, 0], []));
    }

    [Fact]
    public void The_penalty_moves_the_greedy_choice()
    {
        var sampler = new Sampler(new SamplerOptions { RepetitionPenalty = 2 }, 3);
        Assert.Equal(0, sampler.Next([3, 2, -1], []));
        Assert.Equal(1, sampler.Next([3, 2, -1], [0]));
        Assert.Equal(0, sampler.Next([3, 2, -1], [0, 0, 1, 0]));   // once per token: 1.5 against 1
        Assert.Equal(2, sampler.Next([-1, -1.5f, -1.9f], [0, 1]));
    }

    [Fact]
    public void Only_tokens_inside_the_window_are_penalized()
    {
        var sampler = new Sampler(new SamplerOptions { RepetitionPenalty = 2, RepetitionWindow = 2 }, 3);
        Assert.Equal(0, sampler.Next([3, 2, 1], [0, 1, 1]));
        Assert.Equal(1, new Sampler(new SamplerOptions { RepetitionPenalty = 2, RepetitionWindow = 0 }, 3).Next([3, 2, 1], [0, 2, 2]));
    }

    [Fact]
    public void A_seed_fixes_the_tokens()
    {
        int[] Run(ulong seed)
        {
            var sampler = new Sampler(new SamplerOptions { Temperature = 1.5f, TopP = 0.95f, Seed = seed }, Logits.Length);
            return [.. Enumerable.Range(0, 50).Select(_ => sampler.Next(Logits, []))];
        }

        Assert.Equal(Run(1), Run(1));
        Assert.NotEqual(Run(1), Run(2));
    }

    [Fact]
    public void Nothing_is_allocated_per_token()
    {
        var logits = Enumerable.Range(0, 5000).Select(i => MathF.Sin(i)).ToArray();
        foreach (var options in new[]
        {
            new SamplerOptions { RepetitionPenalty = 1.1f }, new SamplerOptions { Temperature = 1 },
            new SamplerOptions { Temperature = 1, TopK = 40, TopP = 0.9f, MinP = 0.05f }, new SamplerOptions { Temperature = 1, TopP = 0.9f },
        })
        {
            var sampler = new Sampler(options, logits.Length);
            int[] history = [1, 2, 3];
            sampler.Next(logits, history);
            Assert.Equal(0, AllocatedBytes.Of(() =>
            {
                for (var i = 0; i < 20; i++) sampler.Next(logits, history);
            }));
        }
    }

    [Fact]
    public void Damaged_logits_are_refused()
    {
        var sampler = new Sampler(new SamplerOptions { Temperature = 1 }, 3);
        Assert.Contains("NaN", Assert.Throws<NotFiniteNumberException>(() => sampler.Next([1, float.NaN, 2], [])).Message, StringComparison.Ordinal);
        Assert.Throws<NotFiniteNumberException>(() => sampler.Next([float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity], []));
        Assert.Throws<NotFiniteNumberException>(() => sampler.Next([float.PositiveInfinity, 0, 0], []));
        Assert.Contains("expected 3 logits, found 2", Assert.Throws<ArgumentException>(() => sampler.Next([1, 2], [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_outside_their_range_are_refused_with_the_range()
    {
        foreach (var options in new[]
        {
            new SamplerOptions { Temperature = -1 }, new SamplerOptions { Temperature = float.NaN }, new SamplerOptions { TopK = -1 }, new SamplerOptions { TopP = 0 },
            new SamplerOptions { TopP = 1.1f }, new SamplerOptions { MinP = -0.1f }, new SamplerOptions { RepetitionPenalty = 0 }, new SamplerOptions { RepetitionWindow = -1 },
        })
        {
            Assert.Contains("it has to be", Assert.Throws<ArgumentException>(() => new Sampler(options, 10)).Message, StringComparison.Ordinal);
        }
    }

    // The filters in their order, each over a full sort, in double precision.
    private static double[] Definition(float[] logits, int[] history, SamplerOptions options)
    {
        var scores = logits.Select(logit => (double)logit).ToArray();
        var window = options.RepetitionWindow == 0 ? history : history.TakeLast(options.RepetitionWindow);
        foreach (var token in window.Distinct()) scores[token] = scores[token] > 0 ? scores[token] / options.RepetitionPenalty : scores[token] * options.RepetitionPenalty;
        var order = Enumerable.Range(0, scores.Length).OrderByDescending(id => scores[id]).ThenBy(id => id).ToList();
        if (options.TopK > 0) order = [.. order.Take(options.TopK)];
        var weights = order.ToDictionary(id => id, id => Math.Exp((scores[id] - scores[order[0]]) / options.Temperature));
        var total = weights.Values.Sum();
        double sum = 0;
        var nucleus = new List<int>();
        foreach (var id in order)
        {
            nucleus.Add(id);
            sum += weights[id];
            if (options.TopP < 1 && sum >= options.TopP * total) break;
        }

        var kept = nucleus.Where(id => weights[id] >= options.MinP * weights[order[0]]).ToArray();
        var rest = kept.Sum(id => weights[id]);
        var result = new double[scores.Length];
        foreach (var id in kept) result[id] = weights[id] / rest;
        return result;
    }
}
