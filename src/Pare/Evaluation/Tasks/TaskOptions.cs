namespace Pare.Evaluation.Tasks;

/// <summary>Options of <see cref="TaskEvaluator"/>.</summary>
public sealed record TaskOptions
{
    /// <summary>Most documents, from the first on (of every subject, for MMLU); null takes all.</summary>
    public int? Limit { get; init; }

    /// <summary>Solved examples before each document; null takes the task's own number.</summary>
    public int? Shots { get; init; }

    /// <summary>Whether the result holds the log-likelihoods of every document.</summary>
    public bool KeepScores { get; init; }

    /// <summary>Receives how far the evaluation is, after every document.</summary>
    public Action<EvaluationProgress>? Progress { get; init; }
}
