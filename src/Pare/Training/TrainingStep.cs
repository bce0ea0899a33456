namespace Pare.Training;

/// <summary>What one step of a training run was like.</summary>
public sealed record TrainingStep
{
    /// <summary>Number of the step, from 1.</summary>
    public required long Step { get; init; }

    /// <summary>Predicted tokens of the run so far.</summary>
    public required long Tokens { get; init; }

    /// <summary>The loss before the step, in nats per token; null where nothing was predicted, and nothing moved.</summary>
    public double? Loss { get; init; }

    /// <summary>Cross-entropy before the step, in nats per token.</summary>
    public double? CrossEntropy { get; init; }

    /// <summary>Distance to the teacher; null without one.</summary>
    public double? Distance { get; init; }

    /// <summary>L2 norm of the gradient before clipping.</summary>
    public double? GradientNorm { get; init; }

    /// <summary>Learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Tokens of the step per second of the step.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Cross-entropy over some validation windows (always the same) after the step, in nats per token; null where it was not measured.</summary>
    public double? ValidationLoss { get; init; }
}
