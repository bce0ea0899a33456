using Pare.Formats;
using Pare.Training;

namespace Pare.Cli.Commands;

/// <summary>What <c>pare pick</c> was asked to do.</summary>
internal sealed record PickRequest
{
    public required string Study { get; init; }

    public required string Output { get; init; }

    /// <summary>A row by its number; null takes the best.</summary>
    public int? Number { get; init; }

    public IReadOnlyList<string> Constraints { get; init; } = [];

    public required string Objective { get; init; }

    /// <summary>Text that what is written is measured on.</summary>
    public string? Text { get; init; }

    /// <summary>How the picked model is healed, or null.</summary>
    public HealRequest? Heal { get; init; }

    /// <summary>Formats of the linear sites in which the result is written, too.</summary>
    public IReadOnlyList<ElementType> Formats { get; init; } = [];

    public string? Model { get; init; }

    public bool Force { get; init; }

    public int Threads { get; init; }

    /// <summary>Whether what is there is replaced.</summary>
    public bool Replaces => Force || Heal?.IsResumed == true;

    /// <summary>Where the healed model is written.</summary>
    public string HealedOutput => Trimmed + "-healed";

    /// <summary>Where checkpoints go.</summary>
    public string TrainingFolder => Trimmed + ".training";

    /// <summary>Where the picked model lies without its formats while it is worked on.</summary>
    public string PlainFolder => Trimmed + ".plain";

    /// <summary>Where the healed model lies without its formats while it is worked on.</summary>
    public string HealedPlainFolder => Trimmed + ".healed";

    /// <summary>Where the result is written in a format.</summary>
    public string OutputOf(ElementType format) => $"{(Heal is null ? Trimmed : HealedOutput)}-{format.Name()}";

    /// <summary>Refuses what cannot be written, before any work.</summary>
    public void Check()
    {
        foreach (var output in new[] { Output }.Concat(Heal is null ? [] : [HealedOutput]).Concat(Formats.Select(OutputOf)))
        {
            OutputPath.Check(output, Replaces);
            TrainedModelWriter.Check(output, Replaces);
        }

        if (Heal is null) return;
        foreach (var file in Heal.Text)
            if (!File.Exists(file)) throw new FileNotFoundException($"{file}: there is no such text file");
        if (!Heal.IsResumed && Trainer.HasCheckpoints(TrainingFolder))
            throw new TrainingException($"{TrainingFolder} holds checkpoints of an earlier run; go on with --resume, or remove that folder to start anew");
    }

    private string Trimmed => Path.TrimEndingDirectorySeparator(Output);
}
