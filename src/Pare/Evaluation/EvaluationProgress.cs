namespace Pare.Evaluation;

/// <summary>How far an evaluation is.</summary>
/// <param name="Stage">What is being done, such as "perplexity" or the name of a task.</param>
/// <param name="Done">Windows or documents finished.</param>
/// <param name="Total">Windows or documents in all.</param>
/// <param name="Value">The figure so far (perplexity, share of right answers), where there is one.</param>
public readonly record struct EvaluationProgress(string Stage, int Done, int Total, double? Value);
