using Pare.Training;

namespace Pare.Search;

/// <summary>How a sub-network is healed: a short fine-tuning that also learns from the whole model.</summary>
public sealed record HealingOptions
{
    /// <summary>Tokens to learn from, at least one step's; rounded up to whole steps. A shorter text is read again.</summary>
    public required long Tokens { get; init; }

    /// <summary>Sequences that run at once and make a step.</summary>
    public int Batch { get; init; } = 4;

    /// <summary>Highest learning rate; null takes 2e-4 with LoRA, else 5e-5.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Rank of low-rank corrections, which are merged at the end; null trains all weights.</summary>
    public int? LoraRank { get; init; }

    /// <summary>The loss: cross-entropy with the text and forward KL from the whole model, with equal weights.</summary>
    public LossOptions Loss { get; init; } = new() { CrossEntropyWeight = 1, DistillationWeight = 1, Distillation = DistillationKind.ForwardKl };

    /// <summary>Seed of the order of the windows.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Steps between checkpoints.</summary>
    public int CheckpointEvery { get; init; } = 50;

    /// <summary>Threads; 0 takes one per processor.</summary>
    public int Threads { get; init; }

    /// <summary>The training run that these options mean for windows of a length.</summary>
    /// <param name="window">Tokens of a window.</param>
    /// <returns>Options of the trainer.</returns>
    /// <exception cref="ArgumentException">No tokens.</exception>
    public TrainerOptions Trainer(int window)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Tokens, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Batch, 1);
        var step = (long)Batch * window;
        var steps = (Tokens + step - 1) / step;
        return new TrainerOptions
        {
            BatchSize = Batch,
            Seed = Seed,
            CheckpointEvery = CheckpointEvery,
            Loss = Loss,
            Schedule = new LearningRateSchedule { Peak = LearningRate ?? (LoraRank is null ? 5e-5 : 2e-4), Steps = steps, WarmupSteps = Math.Min(200, steps / 20) },
        };
    }
}
