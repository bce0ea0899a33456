using Pare.Models;
using Pare.Runtime;

namespace Pare.Interop.Tests.Models;

/// <summary>How far two programs' predictions on the same tokens lie apart, over all positions and the whole vocabulary.</summary>
internal sealed record ModelAgreement
{
    /// <summary>Probability above which a token counts for <see cref="LargestLikelyDifference"/>.</summary>
    public const double Likely = 1e-4;

    /// <summary>|Δ log p| from which on <see cref="LikelyShareApart"/> counts.</summary>
    public const double Apart = 0.02;

    /// <summary>Mean of |Δ log p|.</summary>
    public required double MeanDifference { get; init; }

    /// <summary>Largest |Δ log p| among tokens that either gives a probability above <see cref="Likely"/>.</summary>
    public required double LargestLikelyDifference { get; init; }

    /// <summary>Share of the tokens counted there that lie further apart than <see cref="Apart"/>.</summary>
    public required double LikelyShareApart { get; init; }

    /// <summary>Our perplexity over the predicted tokens divided by llama.cpp's.</summary>
    public required double PerplexityRatio { get; init; }

    /// <summary>Runs ours and llama.cpp on the same tokens.</summary>
    /// <param name="model">Ours.</param>
    /// <param name="context">An empty context of llama.cpp, at least as long as the tokens.</param>
    /// <param name="tokens">Token ids.</param>
    public static ModelAgreement Measure(Model model, LlamaContext context, ReadOnlySpan<int> tokens)
    {
        using var engine = new InferenceEngine(model);
        using var cache = engine.CreateCache(tokens.Length);
        var size = model.Config.HiddenSize;
        var hidden = new float[tokens.Length * size];
        var logits = new float[model.Config.VocabularySize];
        engine.Forward(tokens, cache, hidden);
        context.Decode(tokens, allLogits: true);
        return Compare(tokens, Ours, i => LogProbabilities.Of(context.Logits(i)));

        double[] Ours(int position)
        {
            engine.Logits(hidden.AsSpan(position * size, size), 1, logits);
            return LogProbabilities.Of(logits);
        }
    }

    /// <summary>Runs llama.cpp in two ways on the same tokens.</summary>
    /// <param name="one">An empty context, at least as long as the tokens.</param>
    /// <param name="other">Another.</param>
    /// <param name="tokens">Token ids.</param>
    public static ModelAgreement Measure(LlamaContext one, LlamaContext other, ReadOnlySpan<int> tokens)
    {
        one.Decode(tokens, allLogits: true);
        other.Decode(tokens, allLogits: true);
        return Compare(tokens, i => LogProbabilities.Of(one.Logits(i)), i => LogProbabilities.Of(other.Logits(i)));
    }

    /// <summary>Asserts the three bounds.</summary>
    public void AssertWithin(double mean, double largestLikely, double perplexity)
    {
        Assert.True(MeanDifference < mean && LargestLikelyDifference < largestLikely && Math.Abs(PerplexityRatio - 1) < perplexity,
            $"{this}; allowed: mean {mean}, likely {largestLikely}, perplexity {perplexity}");
    }

    private static ModelAgreement Compare(ReadOnlySpan<int> tokens, Func<int, double[]> one, Func<int, double[]> other)
    {
        double sum = 0, largest = 0, oneLoss = 0, otherLoss = 0;
        long all = 0, likely = 0, apart = 0;
        for (var i = 0; i < tokens.Length; i++)
        {
            var (ours, theirs) = (one(i), other(i));
            Assert.Equal(theirs.Length, ours.Length);
            all += ours.Length;
            for (var token = 0; token < ours.Length; token++)
            {
                var difference = Math.Abs(ours[token] - theirs[token]);
                sum += difference;
                if (Math.Max(ours[token], theirs[token]) <= Math.Log(Likely)) continue;
                likely++;
                if (difference > Apart) apart++;
                largest = Math.Max(largest, difference);
            }

            if (i + 1 == tokens.Length) break;
            oneLoss -= ours[tokens[i + 1]];
            otherLoss -= theirs[tokens[i + 1]];
        }

        return new ModelAgreement
        {
            MeanDifference = sum / all,
            LargestLikelyDifference = largest,
            LikelyShareApart = (double)apart / likely,
            PerplexityRatio = Math.Exp((oneLoss - otherLoss) / (tokens.Length - 1)),
        };
    }
}
