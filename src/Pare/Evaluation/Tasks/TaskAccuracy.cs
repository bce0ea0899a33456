using Pare.Runtime;
using Pare.Tokenization;

namespace Pare.Evaluation.Tasks;

/// <summary>The share of a task's documents that a model gets right, for many models of one tokenizer: documents are read and tokenized once.</summary>
public sealed class TaskAccuracy
{
    private readonly TaskDocuments _loaded;
    private readonly (int[] Context, int[] Continuation)[][] _requests;

    /// <summary>Reads and tokenizes a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="dataFolder">The folder that holds the tasks' files.</param>
    /// <param name="tokenizer">The models' tokenizer.</param>
    /// <param name="options">Limit and shots.</param>
    /// <exception cref="Formats.ModelFormatException">A data file is missing or damaged, or the task has no documents.</exception>
    /// <exception cref="ArgumentException">An option does not fit the task, or the task has no accuracy.</exception>
    public TaskAccuracy(TaskDefinition task, string dataFolder, Tokenizer tokenizer, TaskOptions options)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(dataFolder);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(options);
        if ((task.Metrics & ~TaskMetrics.Perplexity) == 0) throw new ArgumentException($"the task {task.Name} has no accuracy, only a perplexity; leave it out", nameof(task));
        _loaded = TaskDocuments.Load(task, dataFolder, options);
        var encoder = new RequestEncoder(tokenizer);
        _requests = [.. _loaded.Documents.Select(document => document.Choices.Select(choice => encoder.Encode(choice.Context, choice.Continuation)).ToArray())];
    }

    /// <summary>The task.</summary>
    public TaskDefinition Task => _loaded.Task;

    /// <summary>Solved examples before each document.</summary>
    public int Shots => _loaded.Shots;

    /// <summary>Documents that are scored.</summary>
    public int Documents => _requests.Length;

    /// <summary>The files that the documents came from.</summary>
    public IReadOnlyList<TaskFileIdentity> Files => _loaded.Files;

    /// <summary>Measures a model.</summary>
    /// <param name="engine">The model.</param>
    /// <param name="cancellation">Stops between choices.</param>
    /// <returns>A share from 0 to 1.</returns>
    public double Measure(InferenceEngine engine, CancellationToken cancellation = default)
    {
        using var scorer = new ContinuationScorer(engine);
        var scores = TaskScores.Measure(Task, _loaded.Documents, (document, choice) => _requests[document][choice], scorer, new TaskOptions(), cancellation);
        return TaskScores.Metrics(Task, _loaded.Documents, scores).Metrics.First(metric => metric.Metric != "perplexity").Value;
    }
}
