using System.Diagnostics;
using Pare.Formats;
using Pare.Models;
using Pare.Runtime;

namespace Pare.Evaluation.Tasks;

/// <summary>Measures a model on tasks of likelihood: of several continuations of a context, which does it find most likely?</summary>
public sealed class TaskEvaluator
{
    private readonly Model _model;
    private readonly InferenceEngine _engine;

    /// <summary>Makes an evaluator.</summary>
    /// <param name="model">The model.</param>
    /// <param name="engine">An engine over that model.</param>
    public TaskEvaluator(Model model, InferenceEngine engine)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(engine);
        _model = model;
        _engine = engine;
    }

    /// <summary>Measures one task.</summary>
    /// <param name="task">The task, from <see cref="TaskCatalog"/> or <see cref="TaskFile"/>.</param>
    /// <param name="dataFolder">The folder that holds the tasks' files.</param>
    /// <param name="options">Limit, shots and progress.</param>
    /// <param name="cancellation">Stops between documents.</param>
    /// <returns>The result.</returns>
    /// <exception cref="ModelFormatException">A data file is missing or damaged, or the task has no documents.</exception>
    /// <exception cref="ArgumentException">An option does not fit the task.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was cancelled.</exception>
    public TaskResult Evaluate(TaskDefinition task, string dataFolder, TaskOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(dataFolder);
        options ??= new TaskOptions();
        return Evaluate(TaskDocuments.Load(task, dataFolder, options), options, cancellation);
    }

    /// <summary>Measures a task whose documents were read before.</summary>
    internal TaskResult Evaluate(TaskDocuments loaded, TaskOptions options, CancellationToken cancellation)
    {
        var (task, documents) = (loaded.Task, loaded.Documents);
        var clock = Stopwatch.StartNew();
        using var scorer = new ContinuationScorer(_engine);
        var encoder = new RequestEncoder(_model.Tokenizer);
        var scores = TaskScores.Measure(task, documents, (document, choice) => encoder.Encode(documents[document].Choices[choice].Context, documents[document].Choices[choice].Continuation), scorer, options, cancellation);
        var seconds = clock.Elapsed.TotalSeconds;
        var (metrics, groups) = TaskScores.Metrics(task, documents, scores);
        return new TaskResult
        {
            Task = task.Name,
            Shots = loaded.Shots,
            Documents = documents.Count,
            Metrics = metrics,
            DistinguishableFromGuessing = metrics.Any(metric => metric.DistinguishableFromGuessing == true),
            Groups = groups,
            Scores = options.KeepScores ? scores : null,
            Tokens = scorer.Tokens,
            Seconds = seconds,
            Data = loaded.Files,
            Protocol = new Protocol
            {
                Name = "task",
                Definition = task.Definition,
                KeyValueType = scorer.KeyValueType?.Name(),
                Activations = _engine.ActivationsName,
                Model = ModelIdentity.Of(_model),
                Machine = MachineIdentity.Current(_engine.Pool.Threads),
                WallSeconds = seconds,
                PeakResidentBytes = ResidentMemory.Peak(),
            },
        };
    }
}
