namespace Pare.Evaluation.Tasks;

/// <summary>What is reported of a task. Names and definitions are lm-evaluation-harness'.</summary>
[Flags]
public enum TaskMetrics
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><c>acc</c>: share of documents whose right choice has the largest summed log-probability.</summary>
    Accuracy = 1,

    /// <summary><c>acc_norm</c>: the same with each log-probability divided by the choice's characters.</summary>
    NormalizedAccuracy = 2,

    /// <summary><c>mc2</c>: mean share of probability that falls on true choices.</summary>
    TruthMass = 4,

    /// <summary><c>acc</c> of a task with one continuation: share of documents of which every token is the most likely one.</summary>
    GreedyMatch = 8,

    /// <summary><c>perplexity</c>: exp of the mean negative log-likelihood per document.</summary>
    Perplexity = 16,
}
