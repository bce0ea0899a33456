namespace Pare.Calibration;

/// <summary>A point of a distribution of sizes.</summary>
/// <param name="Size">A size.</param>
/// <param name="Below">Share of the numbers with |x| below it.</param>
public sealed record SizeShare(double Size, double Below);
