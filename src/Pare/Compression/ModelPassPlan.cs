namespace Pare.Compression;

/// <summary>What a pass over the whole model will take.</summary>
/// <param name="MemoryBytes">Most memory at a time.</param>
/// <param name="DiskBytes">Most bytes of its own files at a time.</param>
/// <param name="Seconds">Rough duration.</param>
/// <param name="Notes">What it will do, in sentences.</param>
internal sealed record ModelPassPlan(long MemoryBytes, long DiskBytes, double Seconds, IReadOnlyList<string> Notes)
{
    /// <summary>Share of the output's bytes that will remain of those that the model's shape takes.</summary>
    public double KeptShare { get; init; } = 1;

    /// <summary>Floating-point operations of running calibration windows.</summary>
    public double Operations { get; init; }
}
