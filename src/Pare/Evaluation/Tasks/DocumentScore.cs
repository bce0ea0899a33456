namespace Pare.Evaluation.Tasks;

/// <summary>What a model makes of one document.</summary>
public sealed record DocumentScore
{
    /// <summary>Index in the task, from 0.</summary>
    public required int Document { get; init; }

    /// <summary>Log-likelihood of every choice, in nats.</summary>
    public required IReadOnlyList<double> LogLikelihoods { get; init; }

    /// <summary>Whether every token of the first choice was the most likely one.</summary>
    public required bool IsGreedy { get; init; }
}
