using Pare.Training;

namespace Pare.Cli.Commands;

/// <summary>What <c>pare supernet</c> was asked to do.</summary>
internal sealed record SupernetRequest
{
    public required string Path { get; init; }

    public required IReadOnlyList<string> Data { get; init; }

    public IReadOnlyList<string> Validation { get; init; } = [];

    /// <summary>Text that importance is scored on; null takes the first text of the data.</summary>
    public string? Calibration { get; init; }

    public int CalibrationWindows { get; init; }

    public required string Output { get; init; }

    public required OrderRequest Order { get; init; }

    public required SpaceRequest Space { get; init; }

    /// <summary>random, linear, bins or calibrated.</summary>
    public required string Sampler { get; init; }

    public int Bins { get; init; }

    public int PerBin { get; init; }

    public required SuperNetworkOptions Training { get; init; }

    public int? Window { get; init; }

    public int Batch { get; init; }

    public int Accumulation { get; init; }

    public int Steps { get; init; }

    public double? LearningRate { get; init; }

    public ulong Seed { get; init; }

    public int? LoraRank { get; init; }

    public int CheckpointEvery { get; init; }

    public bool IsResumed { get; init; }

    public bool Force { get; init; }

    public int Threads { get; init; }

    /// <summary>Where checkpoints go.</summary>
    public string TrainingFolder => System.IO.Path.TrimEndingDirectorySeparator(Output) + ".training";

    /// <summary>Where the sorted model lies while it is trained.</summary>
    public string SortedFolder => System.IO.Path.TrimEndingDirectorySeparator(Output) + ".sorted";
}
