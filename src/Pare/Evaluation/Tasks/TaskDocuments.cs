using Pare.Formats;

namespace Pare.Evaluation.Tasks;

/// <summary>A task's documents, read and checked: what a measurement needs besides the model.</summary>
/// <param name="Task">The task.</param>
/// <param name="Shots">Solved examples before each document.</param>
/// <param name="Documents">The documents, at least one.</param>
/// <param name="Files">The files that they came from.</param>
internal sealed record TaskDocuments(TaskDefinition Task, int Shots, IReadOnlyList<TaskDocument> Documents, IReadOnlyList<TaskFileIdentity> Files)
{
    /// <exception cref="ModelFormatException">A data file is missing or damaged, or there is no document.</exception>
    /// <exception cref="ArgumentException">An option does not fit the task.</exception>
    public static TaskDocuments Load(TaskDefinition task, string dataFolder, TaskOptions options)
    {
        var shots = options.Shots ?? task.DefaultShots;
        ArgumentOutOfRangeException.ThrowIfNegative(shots, nameof(options));
        var data = new TaskData(dataFolder);
        var documents = Limit(task.Load(data, shots), options.Limit);
        if (documents.Count == 0) throw new ModelFormatException(dataFolder, task.Name, "has no documents there");
        return new TaskDocuments(task, shots, documents, data.Read);
    }

    private static IReadOnlyList<TaskDocument> Limit(IReadOnlyList<TaskDocument> documents, int? limit)
    {
        if (limit is not { } most) return documents;
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1, nameof(limit));
        return [.. documents.GroupBy(document => document.Group ?? "").SelectMany(group => group.Take(most))];
    }
}
