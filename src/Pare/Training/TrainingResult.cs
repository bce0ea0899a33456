namespace Pare.Training;

/// <summary>How a training run ended.</summary>
public sealed record TrainingResult
{
    /// <summary>Whether all steps are done; otherwise the run was stopped and left a checkpoint.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>Steps done, those of resumed parts included.</summary>
    public required long Steps { get; init; }

    /// <summary>Predicted tokens.</summary>
    public required long Tokens { get; init; }

    /// <summary>Seconds of work, those of resumed parts included.</summary>
    public required double Seconds { get; init; }

    /// <summary>Cross-entropy over all validation windows at the end, in nats per token; null without validation text or before the end.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>Every step, in order.</summary>
    public required IReadOnlyList<TrainingStep> History { get; init; }
}
