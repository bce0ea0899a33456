namespace Pare.Calibration;

/// <summary>What an estimation of the curvature will take, known before it starts.</summary>
public sealed record CurvaturePlan
{
    /// <summary>Factors in all.</summary>
    public required int Factors { get; init; }

    /// <summary>Bytes of all factors.</summary>
    public required long FactorBytes { get; init; }

    /// <summary>Bytes of the factors that are held in memory at a time.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Bytes of the factors that wait in a file.</summary>
    public required long DiskBytes { get; init; }

    /// <summary>Passes over the text, forward and backward.</summary>
    public required int Passes { get; init; }

    /// <summary>Tokens of the text.</summary>
    public required long Tokens { get; init; }

    /// <summary>Floating-point operations of all matrix products.</summary>
    public required double Operations { get; init; }

    /// <summary>Rough duration at a given speed.</summary>
    /// <param name="operationsPerSecond">Speed of large matrix products on this machine.</param>
    /// <returns>Seconds, at six tenths of that speed.</returns>
    public double Seconds(double operationsPerSecond) => Operations / (0.6 * operationsPerSecond);
}
