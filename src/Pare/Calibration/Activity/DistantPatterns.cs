namespace Pare.Calibration;

/// <summary>Patterns of tokens of one window.</summary>
/// <param name="Distance">Tokens between them, 1 for neighbours.</param>
/// <param name="Similarity">How alike they are.</param>
public sealed record DistantPatterns(int Distance, PatternSimilarity Similarity);
