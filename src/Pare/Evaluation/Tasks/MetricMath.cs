namespace Pare.Evaluation.Tasks;

/// <summary>From log-likelihoods to figures, as lm-evaluation-harness computes them.</summary>
internal static class MetricMath
{
    /// <summary>Two-sided 95 % of the normal distribution.</summary>
    private const double Z95 = 1.959963984540054;

    /// <summary>All figures of some documents.</summary>
    public static IReadOnlyList<MetricResult> Of(TaskMetrics metrics, IReadOnlyList<TaskDocument> documents, IReadOnlyList<DocumentScore> scores)
    {
        var results = new List<MetricResult>();
        if (metrics.HasFlag(TaskMetrics.Accuracy)) results.Add(Share("acc", documents, scores, (document, score) => Best(score.LogLikelihoods, null) == document.Gold ? 1 : 0));
        if (metrics.HasFlag(TaskMetrics.NormalizedAccuracy))
            results.Add(Share("acc_norm", documents, scores, (document, score) => Best(score.LogLikelihoods, document.Choices) == document.Gold ? 1 : 0));
        if (metrics.HasFlag(TaskMetrics.TruthMass)) results.Add(Share("mc2", documents, scores, (document, score) => TruthMass(score.LogLikelihoods, document.IsTrue!)));
        if (metrics.HasFlag(TaskMetrics.GreedyMatch)) results.Add(Greedy(scores));
        if (metrics.HasFlag(TaskMetrics.Perplexity)) results.Add(Perplexity(scores));
        return results;
    }

    /// <summary>Index of the largest log-likelihood, per character where <paramref name="choices"/> are given; of equal ones the first.</summary>
    public static int Best(IReadOnlyList<double> logLikelihoods, IReadOnlyList<TaskChoice>? choices)
    {
        var best = 0;
        var largest = double.NegativeInfinity;
        for (var i = 0; i < logLikelihoods.Count; i++)
        {
            var value = choices is null ? logLikelihoods[i] : logLikelihoods[i] / choices[i].Characters;
            if (!(value > largest)) continue;
            best = i;
            largest = value;
        }

        return best;
    }

    /// <summary>Σ p over the true choices / Σ p over all; the largest log-likelihood is taken out first.</summary>
    public static double TruthMass(IReadOnlyList<double> logLikelihoods, IReadOnlyList<bool> isTrue)
    {
        var largest = logLikelihoods.Max();
        double all = 0;
        double right = 0;
        for (var i = 0; i < logLikelihoods.Count; i++)
        {
            var p = Math.Exp(logLikelihoods[i] - largest);
            all += p;
            if (isTrue[i]) right += p;
        }

        return right / all;
    }

    /// <summary>The figures of groups put together, each weighing as many documents as it has.</summary>
    /// <remarks>Pooled standard error: √( Σ (nᵢ − 1) nᵢ sᵢ² / (N − k) / N ) over k groups of nᵢ documents and standard error sᵢ, N in all.</remarks>
    public static IReadOnlyList<MetricResult> Pool(IReadOnlyList<GroupResult> groups, IReadOnlyList<MetricResult> overall)
    {
        var total = groups.Sum(group => (double)group.Documents);
        return [.. overall.Select((metric, i) =>
        {
            if (metric.Metric == "perplexity" || total <= groups.Count) return metric;
            var variance = groups.Sum(group => group.Metrics[i].StandardError is { } error ? (group.Documents - 1.0) * group.Documents * error * error : 0) / (total - groups.Count);
            return metric with { StandardError = Math.Sqrt(variance / total) };
        })];
    }

    private static MetricResult Share(
        string name, IReadOnlyList<TaskDocument> documents, IReadOnlyList<DocumentScore> scores, Func<TaskDocument, DocumentScore, double> valueOf)
    {
        var values = new double[scores.Count];
        double chance = 0;
        double variance = 0;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = valueOf(documents[i], scores[i]);
            var guess = documents[i].IsTrue is { } isTrue ? (double)isTrue.Count(yes => yes) / isTrue.Count : 1.0 / documents[i].Choices.Count;
            chance += guess;
            variance += guess * (1 - guess);
        }

        chance /= values.Length;
        var mean = LossStatistics.Mean(values);
        var error = LossStatistics.StandardError(values);
        // A share of probability has no spread of its own under guessing: the documents' spread stands in for it.
        var deviation = name == "mc2" ? error : Math.Sqrt(variance) / values.Length;
        double? z = deviation is > 0 ? (mean - chance) / deviation.Value : null;
        return new MetricResult
        {
            Metric = name,
            Value = mean,
            StandardError = error,
            Chance = chance,
            ZScore = z,
            DistinguishableFromGuessing = z is { } score && Math.Abs(score) > Z95,
        };
    }

    // Guessing the word out of the whole vocabulary never succeeds, so the figure's own error is the measure.
    private static MetricResult Greedy(IReadOnlyList<DocumentScore> scores)
    {
        double[] values = [.. scores.Select(score => score.IsGreedy ? 1.0 : 0)];
        var mean = LossStatistics.Mean(values);
        var error = LossStatistics.StandardError(values);
        return new MetricResult
        {
            Metric = "acc",
            Value = mean,
            StandardError = error,
            Chance = 0,
            ZScore = error is > 0 ? mean / error : null,
            DistinguishableFromGuessing = error is not null && mean > Z95 * error,
        };
    }

    private static MetricResult Perplexity(IReadOnlyList<DocumentScore> scores)
    {
        double[] losses = [.. scores.Select(score => -score.LogLikelihoods[0])];
        var perplexity = Math.Exp(LossStatistics.Mean(losses));
        return new MetricResult { Metric = "perplexity", Value = perplexity, StandardError = perplexity * LossStatistics.StandardError(losses) };
    }
}
