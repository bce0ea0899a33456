namespace Pare.Evaluation.Tasks;

/// <summary>A task: how its documents are read, and what is reported of it.</summary>
public sealed record TaskDefinition
{
    internal TaskDefinition(Func<TaskData, int, IReadOnlyList<TaskDocument>> load) => Load = load;

    /// <summary>Name, as lm-evaluation-harness has it.</summary>
    public required string Name { get; init; }

    /// <summary>What it asks, in a line.</summary>
    public required string Summary { get; init; }

    /// <summary>What is reported.</summary>
    public required TaskMetrics Metrics { get; init; }

    /// <summary>Solved examples where the user gives no number.</summary>
    public int DefaultShots { get; init; }

    /// <summary>Whose definition of prompts and metrics it follows; null for a user's own task.</summary>
    public string? Definition { get; init; }

    /// <summary>Reads the documents of a data folder, with some examples before each.</summary>
    internal Func<TaskData, int, IReadOnlyList<TaskDocument>> Load { get; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
