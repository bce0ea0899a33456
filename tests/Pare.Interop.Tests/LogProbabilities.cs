namespace Pare.Interop.Tests;

/// <summary>Log-probabilities in double precision, the definition.</summary>
internal static class LogProbabilities
{
    /// <summary>log p(i) = x(i) − log Σ exp x.</summary>
    public static double[] Of(ReadOnlySpan<float> logits)
    {
        double largest = double.NegativeInfinity;
        foreach (var logit in logits) largest = Math.Max(largest, logit);
        double sum = 0;
        foreach (var logit in logits) sum += Math.Exp(logit - largest);
        var normalizer = largest + Math.Log(sum);
        var result = new double[logits.Length];
        for (var i = 0; i < result.Length; i++) result[i] = logits[i] - normalizer;
        return result;
    }

    /// <summary>The index of the largest logit.</summary>
    public static int ArgMax(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var i = 1; i < logits.Length; i++)
        {
            if (logits[i] > logits[best]) best = i;
        }

        return best;
    }
}
