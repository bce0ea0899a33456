using Pare.Evaluation;
using Pare.Evaluation.Tasks;
using Pare.Numerics;

namespace Pare.Tests.Evaluation.Tasks;

public class ContinuationScorerTests
{
    // Logits of the same positions differ by how many rows were computed together: below 1e-4 each.
    private const double Tolerance = 1e-3;

    [Fact]
    public void Likelihoods_are_the_sums_of_a_fresh_run_whatever_was_asked_before()
    {
        using var small = new SmallModel();
        using var scorer = new ContinuationScorer(small.Engine);
        using var fresh = new TokenScorer(small.Engine, 400);
        var random = new SeededRandom(11);
        var context = Tokens(random, 30);
        for (var request = 0; request < 60; request++)
        {
            // New, longer, shorter and repeated contexts, and continuations from one token on.
            context = random.NextInt(5) switch
            {
                0 => Tokens(random, 1 + random.NextInt(60)),
                1 => [.. context, .. Tokens(random, 3)],
                2 => context[..(1 + random.NextInt(context.Length))],
                _ => context,
            };
            var continuation = Tokens(random, 1 + random.NextInt(request % 2 == 0 ? 1 : 9));
            var (actual, isGreedy) = scorer.Score(context, continuation);
            int[] whole = [.. context, .. continuation];
            var losses = new double[whole.Length - 1];
            var argmax = new int[whole.Length];
            fresh.Score(whole, losses, argmax);
            Assert.Equal(-losses[^continuation.Length..].Sum(), actual, Tolerance);
            Assert.Equal(argmax.AsSpan(context.Length - 1, continuation.Length).SequenceEqual(continuation), isGreedy);
        }
    }

    [Fact]
    public void What_the_model_finds_most_likely_is_greedy()
    {
        using var small = new SmallModel();
        using var scorer = new ContinuationScorer(small.Engine);
        var context = small.Model.Tokenizer.Encode("Once upon a");
        var argmax = new int[context.Length];
        using (var fresh = new TokenScorer(small.Engine, 40)) fresh.Score(context, new double[context.Length - 1], argmax);
        Assert.True(scorer.Score(context, [argmax[^1]]).IsGreedy);
        Assert.False(scorer.Score(context, [argmax[^1] + 1]).IsGreedy);
    }

    [Fact]
    public void A_context_is_run_once_for_all_its_continuations()
    {
        using var small = new SmallModel();
        using var scorer = new ContinuationScorer(small.Engine);
        int[] context = Tokens(new SeededRandom(1), 50);
        for (var choice = 10; choice < 14; choice++) scorer.Score(context, [choice]);
        Assert.Equal(50, scorer.Tokens);
        scorer.Score(context, [10, 11, 12]);
        Assert.Equal(52, scorer.Tokens);
    }

    [Fact]
    public void What_exceeds_the_models_context_loses_its_beginning()
    {
        using var small = new SmallModel();
        var longest = small.Engine.Config.MaxPositionEmbeddings;
        int[] context = Tokens(new SeededRandom(2), longest + 20);
        int[] continuation = [5, 6, 7];
        using var scorer = new ContinuationScorer(small.Engine);
        var cut = scorer.Score(context, continuation);
        // longest + 1 tokens are kept, of which the last is only predicted.
        var direct = scorer.Score(context.AsSpan(^(longest + 1 - 3)..), continuation);
        Assert.Equal(direct.LogLikelihood, cut.LogLikelihood, Tolerance);
        Assert.Throws<ArgumentException>(() => scorer.Score(context.AsSpan(..3), new int[longest + 1]));
        Assert.Throws<ArgumentException>(() => scorer.Score([], continuation));
    }

    private static int[] Tokens(SeededRandom random, int count)
    {
        var tokens = new int[count];
        foreach (ref var token in tokens.AsSpan()) token = 3 + random.NextInt(500);
        return tokens;
    }
}
