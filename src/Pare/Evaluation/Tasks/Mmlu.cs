using Pare.Formats;

namespace Pare.Evaluation.Tasks;

/// <summary>MMLU (Hendrycks et al. 2021, arXiv 2009.03300): a description, the first examples of the subject's dev split, and a question with lettered choices.</summary>
internal static class Mmlu
{
    private const string Letters = "ABCD";
    private const string TestEnding = "_test.csv";

    /// <summary>All subjects, or one of them.</summary>
    public static IReadOnlyList<TaskDocument> Load(TaskData data, int shots, string? subject)
    {
        if (subject is not null)
        {
            var (path, bytes) = data.Open(Path.Combine("mmlu", "test", subject + TestEnding));
            return Subject(data, subject, path, bytes, shots);
        }

        var documents = new List<TaskDocument>();
        var folder = Path.Combine("mmlu", "test");
        var files = data.List(folder, TestEnding);
        if (files.Count == 0) throw new ModelFormatException(Path.Combine(data.Folder, folder), "", $"mmlu: holds no file SUBJECT{TestEnding}");
        foreach (var path in files)
            documents.AddRange(Subject(data, Path.GetFileName(path)[..^TestEnding.Length], path, data.ReadAll(path), shots));
        return documents;
    }

    private static List<TaskDocument> Subject(TaskData data, string subject, string path, byte[] bytes, int shots)
    {
        var prefix = $"The following are multiple choice questions (with answers) about {subject.Replace('_', ' ')}.\n\n" + Examples(data, subject, shots);
        var documents = Read(path, bytes).Select(document => document.Behind(prefix) with { Group = subject }).ToList();
        return documents.Count > 0 ? documents : throw new ModelFormatException(path, "", "holds no documents");
    }

    private static string Examples(TaskData data, string subject, int shots)
    {
        if (shots == 0) return "";
        var (path, bytes) = data.Open(Path.Combine("mmlu", "dev", subject + "_dev.csv"));
        var examples = Read(path, bytes).ToList();
        if (examples.Count < shots)
            throw new ModelFormatException(path, "", $"{shots} solved examples are wanted and it holds {examples.Count}; ask for at most {examples.Count} shots");
        return string.Concat(examples.Take(shots).Select(example => example.AsExample() + JsonLinesTask.Separator));
    }

    private static IEnumerable<TaskDocument> Read(string path, byte[] bytes)
    {
        foreach (var (line, fields) in CsvRecord.ReadAll(path, bytes))
        {
            if (fields.Count != 6) throw new ModelFormatException(path, $"line {line}", $"has {fields.Count} fields; expected question, A, B, C, D, answer");
            var gold = fields[5].Trim() is [var letter] ? Letters.IndexOf(letter, StringComparison.Ordinal) : -1;
            if (gold < 0) throw new ModelFormatException(path, $"line {line}", $"the answer must be A, B, C or D, is '{fields[5]}'");
            var context = $"{fields[0].Trim()}\nA. {fields[1]}\nB. {fields[2]}\nC. {fields[3]}\nD. {fields[4]}\nAnswer:";
            yield return new TaskDocument
            {
                Choices = [.. Letters.Select(choice => TaskChoice.AfterSpace(context, choice.ToString()))],
                Gold = gold,
            };
        }
    }
}
