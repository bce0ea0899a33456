using System.Text.Json;
using Pare.Evaluation.Tasks;
using Pare.TestSupport;

namespace Pare.Tests.Evaluation.Tasks;

/// <summary>What lm-evaluation-harness 0.4.13 found for the 135M model on the first documents of a task (reference/tasks.json).</summary>
internal sealed record RecordedTask(
    string Name, int Documents, IReadOnlyDictionary<string, double> Results, IReadOnlyList<double[]> LogLikelihoods, string FirstContext, IReadOnlyList<string> FirstContinuations)
{
    private const string FewShot = "_5shot";
    private const string NoShot = "_0shot";

    /// <summary>Task and shots that the record is of.</summary>
    public (string Task, int Shots) Setting =>
        Name.EndsWith(FewShot, StringComparison.Ordinal) ? (Name[..^FewShot.Length], 5)
        : Name.EndsWith(NoShot, StringComparison.Ordinal) ? (Name[..^NoShot.Length], 0)
        : (Name, 0);

    /// <summary>The first documents of the task as Pare reads them.</summary>
    public IReadOnlyList<TaskDocument> LoadDocuments()
    {
        var (task, shots) = Setting;
        return [.. TaskCatalog.Find(task).Load(new TaskData(SharedFiles.Path("data", "tasks")), shots).Take(Documents)];
    }

    /// <summary>All records.</summary>
    public static IReadOnlyList<RecordedTask> Read()
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(SharedFiles.Path("reference", "tasks.json")));
        return [.. json.RootElement.GetProperty("tasks").EnumerateArray().Select(One)];
    }

    private static RecordedTask One(JsonElement task)
    {
        var documents = task.GetProperty("per_doc");
        return new RecordedTask(
            task.GetProperty("task").GetString()!,
            task.GetProperty("docs").GetInt32(),
            task.GetProperty("results").EnumerateObject().ToDictionary(result => result.Name, result => result.Value.GetDouble()),
            [.. documents.EnumerateArray().Select(document => document.GetProperty("loglikelihoods").EnumerateArray().Select(value => value.GetDouble()).ToArray())],
            documents[0].GetProperty("first_context").GetString()!,
            [.. documents[0].GetProperty("first_continuations").EnumerateArray().Select(value => value.GetString()!)]);
    }
}
