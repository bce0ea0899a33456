namespace Pare.Compression;

/// <summary>A step of <see cref="GreedyLevels"/>.</summary>
/// <param name="Mean">Mean level, weights counted.</param>
/// <param name="Levels">The sites' levels.</param>
internal sealed record GreedyStep(double Mean, double[] Levels);
