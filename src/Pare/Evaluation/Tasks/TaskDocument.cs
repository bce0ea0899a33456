namespace Pare.Evaluation.Tasks;

/// <summary>One question of a task.</summary>
public sealed record TaskDocument
{
    /// <summary>The continuations to choose from.</summary>
    public required IReadOnlyList<TaskChoice> Choices { get; init; }

    /// <summary>Index of the right choice; 0 where there is only one.</summary>
    public int Gold { get; init; }

    /// <summary>Which choices are true, where several may be (<see cref="TaskMetrics.TruthMass"/>).</summary>
    public IReadOnlyList<bool>? IsTrue { get; init; }

    /// <summary>Part of the task that the document belongs to (a subject of MMLU), or null.</summary>
    public string? Group { get; init; }

    /// <summary>The document with its right answer, as an example before another.</summary>
    internal string AsExample() => Choices[Gold].Context + Choices[Gold].Continuation;

    /// <summary>The document behind other text.</summary>
    internal TaskDocument Behind(string text) =>
        text.Length == 0 ? this : this with { Choices = [.. Choices.Select(choice => choice with { Context = text + choice.Context })] };
}
