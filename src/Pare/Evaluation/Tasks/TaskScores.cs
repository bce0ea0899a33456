namespace Pare.Evaluation.Tasks;

/// <summary>The scores of a task's documents, and the figures that they amount to.</summary>
internal static class TaskScores
{
    /// <summary>Scores every document.</summary>
    /// <param name="task">The task.</param>
    /// <param name="documents">Its documents.</param>
    /// <param name="encode">Tokens of context and continuation of a document's choice.</param>
    /// <param name="scorer">The model.</param>
    /// <param name="options">Progress.</param>
    /// <param name="cancellation">Stops between choices.</param>
    public static List<DocumentScore> Measure(
        TaskDefinition task, IReadOnlyList<TaskDocument> documents, Func<int, int, (int[] Context, int[] Continuation)> encode, ContinuationScorer scorer, TaskOptions options, CancellationToken cancellation)
    {
        var scores = new List<DocumentScore>(documents.Count);
        var right = 0;
        for (var i = 0; i < documents.Count; i++)
        {
            var logLikelihoods = new double[documents[i].Choices.Count];
            var isGreedy = false;
            for (var c = 0; c < logLikelihoods.Length; c++)
            {
                cancellation.ThrowIfCancellationRequested();
                var (context, continuation) = encode(i, c);
                (logLikelihoods[c], var greedy) = scorer.Score(context, continuation);
                if (c == 0) isGreedy = greedy;
            }

            scores.Add(new DocumentScore { Document = i, LogLikelihoods = logLikelihoods, IsGreedy = isGreedy });
            if (logLikelihoods.Length > 1 ? MetricMath.Best(logLikelihoods, null) == documents[i].Gold : isGreedy) right++;
            options.Progress?.Invoke(new EvaluationProgress(task.Name, i + 1, documents.Count, documents[i].IsTrue is null ? (double)right / (i + 1) : null));
        }

        return scores;
    }

    /// <summary>The task's figures, and those of its parts where it has more than one.</summary>
    public static (IReadOnlyList<MetricResult> Metrics, List<GroupResult>? Groups) Metrics(TaskDefinition task, IReadOnlyList<TaskDocument> documents, List<DocumentScore> scores)
    {
        var groups = Groups(task.Metrics, documents, scores);
        var metrics = MetricMath.Of(task.Metrics, documents, scores);
        return (groups is null ? metrics : MetricMath.Pool(groups, metrics), groups);
    }

    private static List<GroupResult>? Groups(TaskMetrics metrics, IReadOnlyList<TaskDocument> documents, List<DocumentScore> scores)
    {
        var groups = documents.Zip(scores).Where(pair => pair.First.Group is not null).GroupBy(pair => pair.First.Group!).ToList();
        if (groups.Count < 2) return null;
        return [.. groups.Select(group => new GroupResult(group.Key, group.Count(), MetricMath.Of(metrics, [.. group.Select(pair => pair.First)], [.. group.Select(pair => pair.Second)])))];
    }
}
