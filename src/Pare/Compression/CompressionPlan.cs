using Pare.Models;

namespace Pare.Compression;

/// <summary>What a compression will take, known before it starts.</summary>
public sealed record CompressionPlan
{
    /// <summary>Blocks of the model.</summary>
    public required int Blocks { get; init; }

    /// <summary>Parameters that change, by number.</summary>
    public required int ChangedParameters { get; init; }

    /// <summary>Bytes of the output's weights.</summary>
    public required long OutputBytes { get; init; }

    /// <summary>Bytes that are needed on the output's disk beside them until the end.</summary>
    public required long TemporaryBytes { get; init; }

    /// <summary>Bytes of memory for the values of the block that changes most, decoded (mapped weights not counted).</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Floating-point operations of running the calibration windows and of their second moments; 0 where nothing is calibrated.</summary>
    public double CalibrationOperations { get; init; }

    /// <summary>Rough duration in seconds, calibration not counted, on this machine's processors, by the threads that were asked for.</summary>
    public required double Seconds { get; init; }

    /// <summary>What a pass over the whole model will do, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Parameters, elements and bytes of the output by format, largest first.</summary>
    public required IReadOnlyList<FormatShare> Formats { get; init; }

    /// <summary>Parameters that will be stored in another format than was asked for.</summary>
    public required IReadOnlyList<FormatFallback> Fallbacks { get; init; }
}
