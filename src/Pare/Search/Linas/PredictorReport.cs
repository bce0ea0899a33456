namespace Pare.Search;

/// <summary>How well a predictor of a round did: once its round's candidates were measured, which it had not seen.</summary>
/// <param name="Round">The round, from 1 (round 0 is random).</param>
/// <param name="Objective">Index of the objective.</param>
/// <param name="Predictor">The predictor chosen by cross-validation, with its settings.</param>
/// <param name="Observations">Candidates that it learnt from.</param>
/// <param name="CrossValidatedError">Its mean absolute percentage error in cross-validation, as a share.</param>
/// <param name="KendallTau">Rank agreement of predicted and measured values; 1 is the same order.</param>
/// <param name="MeanAbsolutePercentageError">Mean |measured − predicted| / |measured|, as a share.</param>
public sealed record PredictorReport(int Round, int Objective, string Predictor, int Observations, double CrossValidatedError, double KendallTau, double MeanAbsolutePercentageError);
