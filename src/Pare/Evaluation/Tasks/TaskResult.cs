namespace Pare.Evaluation.Tasks;

/// <summary>A model's figures on a task.</summary>
public sealed record TaskResult
{
    /// <summary>Name of the task.</summary>
    public required string Task { get; init; }

    /// <summary>Solved examples before each document.</summary>
    public required int Shots { get; init; }

    /// <summary>Documents that were scored.</summary>
    public required int Documents { get; init; }

    /// <summary>The figures; over the parts of a task pooled by their size.</summary>
    public required IReadOnlyList<MetricResult> Metrics { get; init; }

    /// <summary>False where no figure of the task can be told from guessing: then it says nothing about the model, nor about what compression cost it.</summary>
    public required bool DistinguishableFromGuessing { get; init; }

    /// <summary>The figures of the task's parts; null where it has none.</summary>
    public IReadOnlyList<GroupResult>? Groups { get; init; }

    /// <summary>Log-likelihoods document by document; null unless asked for.</summary>
    public IReadOnlyList<DocumentScore>? Scores { get; init; }

    /// <summary>Tokens that went through the model; shared beginnings count once.</summary>
    public required long Tokens { get; init; }

    /// <summary>Seconds for the task.</summary>
    public required double Seconds { get; init; }

    /// <summary>Where the documents came from.</summary>
    public required IReadOnlyList<TaskFileIdentity> Data { get; init; }

    /// <summary>How it was measured.</summary>
    public required Protocol Protocol { get; init; }
}
