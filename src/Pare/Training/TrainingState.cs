namespace Pare.Training;

/// <summary>How far a training run is, beside its tensors.</summary>
internal sealed record TrainingState
{
    /// <summary>Steps done.</summary>
    public long Step { get; init; }

    /// <summary>Predicted tokens.</summary>
    public long Tokens { get; init; }

    /// <summary>Seconds of work.</summary>
    public double Seconds { get; init; }

    /// <summary>Every step, in order.</summary>
    public IReadOnlyList<TrainingStep> History { get; init; } = [];
}
