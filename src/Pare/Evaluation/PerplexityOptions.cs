namespace Pare.Evaluation;

/// <summary>Options of <see cref="PerplexityEvaluator"/>.</summary>
public sealed record PerplexityOptions
{
    /// <summary>
    /// A file in which finished windows are kept, so that a cancelled or killed run goes on where it stopped; null keeps nothing.
    /// A run over more windows of the same text goes on from a shorter one. A file of other tokens or of another model is refused.
    /// </summary>
    public string? StateFile { get; init; }

    /// <summary>Receives how far the evaluation is, after every window.</summary>
    public Action<EvaluationProgress>? Progress { get; init; }
}
