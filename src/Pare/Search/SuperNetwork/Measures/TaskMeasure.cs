using Pare.Evaluation.Tasks;

namespace Pare.Search;

/// <summary>Mean accuracy over tasks.</summary>
public sealed class TaskMeasure : ICandidateMeasure
{
    private readonly IReadOnlyList<TaskAccuracy> _tasks;

    /// <summary>Prepares measurements.</summary>
    /// <param name="tasks">The tasks, at least one.</param>
    /// <exception cref="ArgumentException">No tasks.</exception>
    public TaskMeasure(IReadOnlyList<TaskAccuracy> tasks)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        if (tasks.Count == 0) throw new ArgumentException("accuracy needs at least one task", nameof(tasks));
        _tasks = tasks;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Metrics { get; } = [SearchMetrics.Accuracy];

    /// <inheritdoc/>
    public void Measure(CandidateModel candidate, IDictionary<string, double> values, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(values);
        values[SearchMetrics.Accuracy] = _tasks.Average(task => task.Measure(candidate.Engine, cancellation));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
