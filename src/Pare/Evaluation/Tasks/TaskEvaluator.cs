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
        var scores = Score(task, documents, scorer, options, cancellation);
        var seconds = clock.Elapsed.TotalSeconds;
        var groups = Groups(task.Metrics, documents, scores);
        var metrics = MetricMath.Of(task.Metrics, documents, scores);
        if (groups is not null) metrics = MetricMath.Pool(groups, metrics);
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

    private List<DocumentScore> Score(TaskDefinition task, IReadOnlyList<TaskDocument> documents, ContinuationScorer scorer, TaskOptions options, CancellationToken cancellation)
    {
        var encoder = new RequestEncoder(_model.Tokenizer);
        var scores = new List<DocumentScore>(documents.Count);
        var right = 0;
        for (var i = 0; i < documents.Count; i++)
        {
            var choices = documents[i].Choices;
            var logLikelihoods = new double[choices.Count];
            var isGreedy = false;
            for (var c = 0; c < choices.Count; c++)
            {
                cancellation.ThrowIfCancellationRequested();
                var (context, continuation) = encoder.Encode(choices[c].Context, choices[c].Continuation);
                (logLikelihoods[c], var greedy) = scorer.Score(context, continuation);
                if (c == 0) isGreedy = greedy;
            }

            scores.Add(new DocumentScore { Document = i, LogLikelihoods = logLikelihoods, IsGreedy = isGreedy });
            if (choices.Count > 1 ? MetricMath.Best(logLikelihoods, null) == documents[i].Gold : isGreedy) right++;
            options.Progress?.Invoke(new EvaluationProgress(task.Name, i + 1, documents.Count, documents[i].IsTrue is null ? (double)right / (i + 1) : null));
        }

        return scores;
    }

    private static List<GroupResult>? Groups(TaskMetrics metrics, IReadOnlyList<TaskDocument> documents, List<DocumentScore> scores)
    {
        var groups = documents.Zip(scores).Where(pair => pair.First.Group is not null).GroupBy(pair => pair.First.Group!).ToList();
        if (groups.Count < 2) return null;
        return [.. groups.Select(group => new GroupResult(group.Key, group.Count(), MetricMath.Of(metrics, [.. group.Select(pair => pair.First)], [.. group.Select(pair => pair.Second)])))];
    }
}
