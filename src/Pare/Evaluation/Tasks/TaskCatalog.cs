namespace Pare.Evaluation.Tasks;

/// <summary>The tasks that Pare knows by name.</summary>
public static class TaskCatalog
{
    private const string MmluPrefix = "mmlu_";
    private const string Harness = "lm-evaluation-harness 0.4.13";
    private const TaskMetrics Both = TaskMetrics.Accuracy | TaskMetrics.NormalizedAccuracy;

    private static readonly Dictionary<string, string> Aliases = new(StringComparer.Ordinal)
    {
        ["lambada"] = "lambada_openai",
        ["truthfulqa"] = "truthfulqa_mc2",
        ["openbook_qa"] = "openbookqa",
    };

    /// <summary>All tasks; a single subject of MMLU is found as <c>mmlu_SUBJECT</c> besides.</summary>
    public static IReadOnlyList<TaskDefinition> All { get; } =
    [
        Lines("arc_challenge", "grade-school science questions that retrieval gets wrong", Both, StandardDocuments.Arc, "arc_challenge.jsonl"),
        Lines("arc_easy", "grade-school science questions", Both, StandardDocuments.Arc, "arc_easy.jsonl"),
        Lines("boolq", "yes or no about a passage", TaskMetrics.Accuracy, StandardDocuments.BoolQ, "boolq.jsonl"),
        Lines("hellaswag", "the likely end of a description", Both, StandardDocuments.HellaSwag, "hellaswag.jsonl", "hellaswag_val.jsonl", "hellaswag_val_1000.jsonl"),
        Lines("lambada_openai", "the last word of a passage", TaskMetrics.GreedyMatch | TaskMetrics.Perplexity, StandardDocuments.Lambada, "lambada_openai.jsonl"),
        new TaskDefinition((data, shots) => Mmlu.Load(data, shots, null)) { Name = "mmlu", Summary = "exam questions of 57 subjects", Metrics = TaskMetrics.Accuracy, Definition = Harness },
        Lines("openbookqa", "elementary science facts", Both, StandardDocuments.OpenBookQa, "openbook_qa.jsonl", "openbookqa.jsonl"),
        Lines("piqa", "how to do everyday things", Both, StandardDocuments.Piqa, "piqa.jsonl"),
        new TaskDefinition(TruthfulQa.LoadSingle) { Name = "truthfulqa_mc1", Summary = "the one best answer against common falsehoods", Metrics = TaskMetrics.Accuracy, Definition = Harness },
        new TaskDefinition(TruthfulQa.LoadMultiple) { Name = "truthfulqa_mc2", Summary = "share of probability on true answers", Metrics = TaskMetrics.TruthMass, Definition = Harness },
        Lines("winogrande", "which of two a pronoun means", TaskMetrics.Accuracy, StandardDocuments.WinoGrande, "winogrande.jsonl"),
    ];

    /// <summary>Finds a task.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The task.</returns>
    /// <exception cref="ArgumentException">There is none of that name; the message lists all.</exception>
    public static TaskDefinition Find(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var wanted = Aliases.GetValueOrDefault(name, name);
        if (All.FirstOrDefault(task => task.Name == wanted) is { } found) return found;
        if (wanted.StartsWith(MmluPrefix, StringComparison.Ordinal) && wanted.Length > MmluPrefix.Length && wanted.All(c => char.IsAsciiLetterLower(c) || c == '_'))
        {
            var subject = wanted[MmluPrefix.Length..];
            return new TaskDefinition((data, shots) => Mmlu.Load(data, shots, subject))
            {
                Name = wanted,
                Summary = $"exam questions about {subject.Replace('_', ' ')}",
                Metrics = TaskMetrics.Accuracy,
                Definition = Harness,
            };
        }

        throw new ArgumentException($"there is no task '{name}'; known are {string.Join(", ", All.Select(task => task.Name))} and mmlu_SUBJECT, or describe your own in a file (--task-file)", nameof(name));
    }

    private static TaskDefinition Lines(string name, string summary, TaskMetrics metrics, Func<JsonRecord, TaskDocument> parse, params string[] files) =>
        new(new JsonLinesTask(files, parse).Load) { Name = name, Summary = summary, Metrics = metrics, Definition = Harness };
}
