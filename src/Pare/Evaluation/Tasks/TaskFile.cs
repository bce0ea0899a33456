using System.Globalization;
using Pare.Formats;

namespace Pare.Evaluation.Tasks;

/// <summary>A user's own task: a small YAML or JSON file that says how the lines of a JSON-lines file become documents.</summary>
/// <remarks>
/// Fields: <c>task</c> (name), <c>data</c> (JSON-lines file, relative to this one), <c>prompt</c> (template with <c>{field}</c>),
/// <c>choices</c> (name of a field with a list of texts, or a list of templates), <c>gold</c> (name of the field with the right choice: index from 0,
/// letter from A, or the choice itself), and optionally <c>metric</c> (<c>acc</c>, <c>acc_norm</c>, or both, the default), <c>description</c> (stands first),
/// <c>delimiter</c> (before a choice; default one space), and <c>fewShot</c> (<c>data</c>, <c>count</c>, <c>separator</c>). Any other field is refused.
/// </remarks>
public static class TaskFile
{
    private sealed record Shape(
        string File, string Data, TaskTemplate Prompt, string? ChoicesField, IReadOnlyList<TaskTemplate> ChoiceTemplates, string Gold, string Delimiter, string Description, string? Examples, string Separator);

    /// <summary>Reads a task file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The task; the files it names are read when it is evaluated.</returns>
    /// <exception cref="ModelFormatException">The file is missing, no YAML or JSON, or a field is missing, unknown or of the wrong kind.</exception>
    public static TaskDefinition Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var fields = YamlFields.Load(path);
        var name = fields.Text("task");
        if (string.IsNullOrWhiteSpace(name)) throw fields.Problem("task", "must not be empty");
        var metrics = Metrics(fields);
        var (choices, isList) = fields.TextOrTexts("choices");
        if (isList && choices.Count < 2) throw fields.Problem("choices", "must name at least two templates, or one field that holds a list");
        var examples = fields.Inner("fewShot");
        var count = examples?.Number("count") ?? 0;
        var shape = new Shape(
            path,
            Resolve(path, fields.Text("data")),
            Template(fields, "prompt", fields.Text("prompt")),
            isList ? null : choices[0],
            isList ? [.. choices.Select(choice => Template(fields, "choices", choice))] : [],
            fields.Text("gold"),
            fields.OptionalText("delimiter") ?? " ",
            fields.OptionalText("description") ?? "",
            examples is null ? null : Resolve(path, examples.Text("data")),
            examples?.OptionalText("separator") ?? JsonLinesTask.Separator);
        examples?.RefuseOthers();
        fields.RefuseOthers();
        return new TaskDefinition((data, shots) => LoadDocuments(shape, data, shots))
        {
            Name = name,
            Summary = $"described in {Path.GetFileName(path)}",
            Metrics = metrics,
            DefaultShots = count,
        };
    }

    private static IReadOnlyList<TaskDocument> LoadDocuments(Shape shape, TaskData data, int shots)
    {
        var documents = Read(shape, shape.Data, data);
        var prefix = shape.Description;
        if (shots > 0)
        {
            if (shape.Examples is null) throw new ModelFormatException(shape.File, "fewShot", $"{shots} solved examples are wanted and the task file names no file of examples");
            var examples = Read(shape, shape.Examples, data);
            if (examples.Count < shots) throw new ModelFormatException(shape.Examples, "", $"{shots} solved examples are wanted and it holds {examples.Count}");
            prefix += string.Concat(examples.Take(shots).Select(example => example.AsExample() + shape.Separator));
        }

        return [.. documents.Select(document => document.Behind(prefix))];
    }

    private static List<TaskDocument> Read(Shape shape, string path, TaskData data)
    {
        var documents = JsonRecord.ReadLines(path, data.ReadAll(path)).Select(record => Document(shape, record)).ToList();
        return documents.Count > 0 ? documents : throw new ModelFormatException(path, "", "holds no documents");
    }

    private static TaskDocument Document(Shape shape, JsonRecord record)
    {
        var context = shape.Prompt.Fill(record);
        string[] choices = shape.ChoicesField is { } field ? record.Texts(field) : [.. shape.ChoiceTemplates.Select(template => template.Fill(record))];
        for (var i = 0; i < choices.Length; i++)
            if (choices[i].Length == 0) throw record.Problem($"choice {i} is empty");
        return new TaskDocument
        {
            Choices = [.. choices.Select(choice => new TaskChoice(context, shape.Delimiter + choice, TaskChoice.Count(choice)))],
            Gold = Gold(record, shape.Gold, choices),
        };
    }

    private static int Gold(JsonRecord record, string field, string[] choices)
    {
        var value = record.TextOrNumber(field);
        var readings = new HashSet<int>();
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < choices.Length) readings.Add(index);
        if (!record.IsNumber(field))
        {
            if (value is [var letter] && char.IsAsciiLetter(letter) && char.ToUpperInvariant(letter) - 'A' < choices.Length) readings.Add(char.ToUpperInvariant(letter) - 'A');
            if (Array.IndexOf(choices, value) is >= 0 and var found) readings.Add(found);
        }

        return readings.Count switch
        {
            1 => readings.First(),
            0 => throw record.Problem($"field '{field}' must be the index (from 0), the letter (from A) or the text of one of {choices.Length} choices, is '{value}'"),
            _ => throw record.Problem($"field '{field}' is '{value}', which may mean choices {string.Join(" and ", readings)}; give the index as a number"),
        };
    }

    private static TaskMetrics Metrics(YamlFields fields)
    {
        if (!fields.Has("metric")) return TaskMetrics.Accuracy | TaskMetrics.NormalizedAccuracy;
        var metrics = TaskMetrics.None;
        foreach (var name in fields.TextOrTexts("metric").Texts)
        {
            metrics |= name switch
            {
                "acc" => TaskMetrics.Accuracy,
                "acc_norm" => TaskMetrics.NormalizedAccuracy,
                _ => throw fields.Problem("metric", $"must be acc, acc_norm or a list of both, is '{name}'"),
            };
        }

        return metrics == TaskMetrics.None ? throw fields.Problem("metric", "names no metric") : metrics;
    }

    private static TaskTemplate Template(YamlFields fields, string field, string source)
    {
        try
        {
            return new TaskTemplate(source);
        }
        catch (FormatException exception)
        {
            throw fields.Problem(field, exception.Message);
        }
    }

    private static string Resolve(string taskFile, string path) => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(taskFile))!, path));
}
