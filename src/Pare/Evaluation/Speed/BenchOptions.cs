namespace Pare.Evaluation.Speed;

/// <summary>Options of <see cref="SpeedMeter"/>.</summary>
public sealed record BenchOptions
{
    /// <summary>Tokens of the prompt, at least 1.</summary>
    public int Prompt { get; init; } = 512;

    /// <summary>Tokens to generate behind it, at least 1.</summary>
    public int Generate { get; init; } = 128;

    /// <summary>How often prompt and generation are measured, after one run that is not.</summary>
    public int Repetitions { get; init; } = 5;

    /// <summary>How the engine runs.</summary>
    public Runtime.EngineOptions Engine { get; init; } = new();

    /// <summary>Seed of the prompt's tokens.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Receives how far the measurement is.</summary>
    public Action<EvaluationProgress>? Progress { get; init; }
}
