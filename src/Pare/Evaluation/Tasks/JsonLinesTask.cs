using Pare.Formats;

namespace Pare.Evaluation.Tasks;

/// <summary>A task whose documents are the lines of one file.</summary>
/// <param name="Files">Names under which the file may lie in the data folder; the first that exists is read.</param>
/// <param name="Parse">Makes a document of a line.</param>
internal sealed record JsonLinesTask(string[] Files, Func<JsonRecord, TaskDocument> Parse)
{
    /// <summary>What stands between two examples, and between the last one and the document.</summary>
    public const string Separator = "\n\n";

    public IReadOnlyList<TaskDocument> Load(TaskData data, int shots)
    {
        var (path, bytes) = data.Open(Files);
        var documents = Read(path, bytes);
        if (shots == 0) return documents;
        var prefix = string.Concat(Examples(data, shots).Select(example => example.AsExample() + Separator));
        return [.. documents.Select(document => document.Behind(prefix))];
    }

    private IReadOnlyList<TaskDocument> Examples(TaskData data, int shots)
    {
        string[] names = [.. Files.Select(Path.GetFileNameWithoutExtension).SelectMany(stem => (string[])[$"{stem}_train.jsonl", $"{stem}_dev.jsonl"])];
        var path = data.Find(names) ?? throw new ModelFormatException(Path.Combine(data.Folder, names[0]), "",
            $"{shots} solved examples are wanted and there is no file of examples; put one of {string.Join(", ", names.Take(4))} into the data folder, or ask for 0 shots");
        var examples = Read(path, data.ReadAll(path));
        return examples.Count >= shots ? [.. examples.Take(shots)]
            : throw new ModelFormatException(path, "", $"{shots} solved examples are wanted and it holds {examples.Count}");
    }

    private List<TaskDocument> Read(string path, byte[] bytes)
    {
        var documents = JsonRecord.ReadLines(path, bytes).Select(Parse).ToList();
        return documents.Count > 0 ? documents : throw new ModelFormatException(path, "", "holds no documents");
    }
}
