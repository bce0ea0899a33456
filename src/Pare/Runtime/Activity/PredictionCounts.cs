namespace Pare.Runtime;

/// <summary>How good predictions were, over the groups of neurons of all blocks that are predicted and all tokens that were run together (prompts, evaluation).</summary>
/// <param name="Recall">Share of the groups with neurons that are not zero that were predicted.</param>
/// <param name="Precision">Share of the predicted groups that have such neurons.</param>
/// <param name="Share">Share of the groups that were predicted.</param>
public sealed record PredictionCounts(double Recall, double Precision, double Share);
