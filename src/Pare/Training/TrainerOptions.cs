namespace Pare.Training;

/// <summary>How a training run goes.</summary>
public sealed record TrainerOptions
{
    /// <summary>Sequences that run through the model at once.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Batches whose gradients make one step.</summary>
    public int Accumulation { get; init; } = 1;

    /// <summary>Learning rate over the steps; its number of steps is the length of the run.</summary>
    public required LearningRateSchedule Schedule { get; init; }

    /// <summary>The optimizer.</summary>
    public OptimizerKind Optimizer { get; init; }

    /// <summary>Its options; decay and clipping hold for Muon as well.</summary>
    public AdamWOptions AdamW { get; init; } = new();

    /// <summary>The loss.</summary>
    public LossOptions Loss { get; init; } = LossOptions.CrossEntropy;

    /// <summary>Seed of the order of the windows.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Steps between checkpoints; 0 for one when the run ends or is stopped only.</summary>
    public int CheckpointEvery { get; init; } = 100;

    /// <summary>Checkpoints that are kept; older ones are removed when a new one is complete.</summary>
    public int KeptCheckpoints { get; init; } = 2;

    /// <summary>Steps between validations; 0 for one at the end only.</summary>
    public int ValidateEvery { get; init; } = 100;

    /// <summary>Most windows of a validation on the way, spread over the text; the one at the end takes them all.</summary>
    public int ValidationWindows { get; init; } = 64;

    internal void Check(bool hasTeacher)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1, nameof(BatchSize));
        ArgumentOutOfRangeException.ThrowIfLessThan(Accumulation, 1, nameof(Accumulation));
        ArgumentOutOfRangeException.ThrowIfNegative(CheckpointEvery, nameof(CheckpointEvery));
        ArgumentOutOfRangeException.ThrowIfLessThan(KeptCheckpoints, 1, nameof(KeptCheckpoints));
        ArgumentOutOfRangeException.ThrowIfNegative(ValidateEvery, nameof(ValidateEvery));
        ArgumentOutOfRangeException.ThrowIfLessThan(ValidationWindows, 1, nameof(ValidationWindows));
        Schedule.Check();
        AdamW.Check();
        Loss.Check(hasTeacher);
    }
}
