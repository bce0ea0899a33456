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

    /// <summary>Names of what a document can be in plain text.</summary>
    public static IReadOnlyDictionary<string, PlainTextRule> DocumentRules { get; } = new Dictionary<string, PlainTextRule>
    {
        ["whole"] = PlainTextRule.WholeFile,
        ["lines"] = PlainTextRule.Lines,
        ["paragraphs"] = PlainTextRule.Paragraphs,
    };

    /// <summary>A site by its name.</summary>
    public static ParameterRole Site(string name) =>
        Enum.TryParse<ParameterRole>(name, ignoreCase: true, out var role) && role.IsSite() && !char.IsAsciiDigit(name[0]) ? role
            : throw new UsageException($"--lora-sites {name}: no such site; expected query, key, value, output, gate, up or down");

    public required string Path { get; init; }

    public required IReadOnlyList<string> Data { get; init; }

    public required IReadOnlyList<string> Validation { get; init; }

    public required string Output { get; init; }

    public int? Window { get; init; }

    public int Batch { get; init; }

    public int Accumulation { get; init; }

    public int? Steps { get; init; }

    public double Epochs { get; init; }

    public double? LearningRate { get; init; }

    public int? Warmup { get; init; }

    public LearningRateDecay Decay { get; init; }

    public double FinalShare { get; init; }

    public OptimizerKind Optimizer { get; init; }

    public required AdamWOptions AdamW { get; init; }

    public ulong Seed { get; init; }

    public int? LoraRank { get; init; }

    public double? LoraAlpha { get; init; }

    public IReadOnlyList<ParameterRole> LoraSites { get; init; } = [];

    public bool StreamsBlocks { get; init; }

    public PlainTextRule Documents { get; init; }

    public string? Teacher { get; init; }

    public double DistillationWeight { get; init; }

    public DistillationKind Distillation { get; init; }

    public double Temperature { get; init; }

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

    /// <summary>Refuses options that contradict each other, before any work.</summary>
    public void Check()
    {
        if (LoraRank is null && (LoraAlpha is not null || LoraSites.Count > 0 || StreamsBlocks))
            throw new UsageException($"{(LoraAlpha is not null ? "--lora-alpha" : StreamsBlocks ? "--stream-blocks" : "--lora-sites")} goes with --lora");
        if (LoraRank is not null && Optimizer == OptimizerKind.Muon) throw new UsageException("--optimizer muon moves whole matrices, and --lora freezes them; use adamw");
        if (LoraRank is not null && IsFromScratch) throw new UsageException($"--lora corrects the weights of a model, and {Path} has none yet; train it in full first");
        foreach (var file in Data.Concat(Validation))
            if (!File.Exists(file)) throw new FileNotFoundException($"{file}: there is no such text file");
        if (!IsPlan && !IsResumed && Training.Trainer.HasCheckpoints(TrainingFolder))
            throw new TrainingException($"{TrainingFolder} holds checkpoints of an earlier run; go on with --resume, or remove that folder to start anew");
    }

    /// <summary>What is trained.</summary>
    public TrainableOptions Trainable() => new()
    {
        Seed = Seed,
        StreamsBlocks = StreamsBlocks,
        Lora = LoraRank is { } rank ? new LoraOptions { Rank = rank, Alpha = (float)(LoraAlpha ?? 2 * rank), Roles = LoraSites.Count > 0 ? LoraSites : new LoraOptions().Roles } : null,
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
            CrossEntropyWeight = (float)(1 - DistillationWeight),
            DistillationWeight = (float)DistillationWeight,
            Distillation = Distillation,
            Temperature = (float)Temperature,
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
