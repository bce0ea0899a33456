using Pare.Formats;
using Pare.Models;
using Pare.Training;

namespace Pare.Cli.Commands;

/// <summary>What <c>pare train</c> was asked to do.</summary>
internal sealed record TrainRequest
{
    /// <summary>Names of the distances to a teacher.</summary>
    public static IReadOnlyDictionary<string, DistillationKind> Distances { get; } = new Dictionary<string, DistillationKind>
    {
        ["forward-kl"] = DistillationKind.ForwardKl,
        ["reverse-kl"] = DistillationKind.ReverseKl,
        ["jensen-shannon"] = DistillationKind.JensenShannon,
        ["logit-mse"] = DistillationKind.LogitMse,
    };

    public required string Path { get; init; }

    public required IReadOnlyList<string> Data { get; init; }

    public required IReadOnlyList<string> Validation { get; init; }

    public required string Output { get; init; }

    public int? Window { get; init; }

    public int Batch { get; init; }

    public int Accumulation { get; init; }

    public int? Steps { get; init; }

    public float Epochs { get; init; }

    public float? LearningRate { get; init; }

    public int? Warmup { get; init; }

    public LearningRateDecay Decay { get; init; }

    public float FinalShare { get; init; }

    public OptimizerKind Optimizer { get; init; }

    public required AdamWOptions AdamW { get; init; }

    public ulong Seed { get; init; }

    public int? LoraRank { get; init; }

    public float? LoraAlpha { get; init; }

    public string? Teacher { get; init; }

    public float DistillationWeight { get; init; }

    public DistillationKind Distillation { get; init; }

    public float Temperature { get; init; }

    public ElementType Format { get; init; }

    public int CheckpointEvery { get; init; }

    public int ValidateEvery { get; init; }

    public long ActivationBytes { get; init; }

    public bool IsResumed { get; init; }

    public bool Force { get; init; }

    public string? Report { get; init; }

    public int Threads { get; init; }

    public bool IsPlan { get; init; }

    /// <summary>Whether there are no weights to go on from.</summary>
    public bool IsFromScratch => ModelFolder.IsConfigurationOnly(Path);

    /// <summary>Where checkpoints and log go.</summary>
    public string TrainingFolder => System.IO.Path.TrimEndingDirectorySeparator(Output) + ".training";

    /// <summary>Tokens of a step, masked ones included.</summary>
    public long TokensPerStep(int window) => (long)window * Batch * Accumulation;

    /// <summary>Tokens of a sequence.</summary>
    public int WindowOf(ModelConfig config) => Window ?? Math.Min(512, config.MaxPositionEmbeddings);

    /// <summary>Steps of the run over a number of windows.</summary>
    public long StepsOf(double windows) => Steps ?? Math.Max(1, (long)Math.Ceiling(windows * Epochs / (Batch * Accumulation)));

    /// <summary>What is trained.</summary>
    public TrainableOptions Trainable() => new()
    {
        Seed = Seed,
        Lora = LoraRank is { } rank ? new LoraOptions { Rank = rank, Alpha = LoraAlpha ?? 2 * rank } : null,
    };

    /// <summary>How the run goes.</summary>
    public TrainerOptions Trainer(long steps) => new()
    {
        BatchSize = Batch,
        Accumulation = Accumulation,
        Seed = Seed,
        Optimizer = Optimizer,
        AdamW = AdamW,
        CheckpointEvery = CheckpointEvery,
        ValidateEvery = ValidateEvery,
        Loss = Teacher is null ? LossOptions.CrossEntropy : new LossOptions
        {
            CrossEntropyWeight = 1 - DistillationWeight,
            DistillationWeight = DistillationWeight,
            Distillation = Distillation,
            Temperature = Temperature,
        },
        Schedule = new LearningRateSchedule
        {
            Peak = LearningRate ?? (IsFromScratch ? 1e-3 : LoraRank is null ? 5e-5 : 2e-4),
            Steps = steps,
            WarmupSteps = Warmup ?? Math.Min(200, steps / 20),
            Decay = Decay,
            FinalShare = FinalShare,
        },
    };
}
