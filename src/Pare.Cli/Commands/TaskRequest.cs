using System.Text.Json.Nodes;
using Pare.Evaluation.Tasks;
using Pare.Tokenization;

namespace Pare.Cli.Commands;

/// <summary>The tasks of a search.</summary>
internal sealed record TaskRequest
{
    public IReadOnlyList<TaskDefinition> Tasks { get; init; } = [];

    public string? DataFolder { get; init; }

    public IReadOnlyList<string> Files { get; init; } = [];

    public int? Limit { get; init; }

    /// <summary>Refuses what does not fit together.</summary>
    public void Check(bool isWanted)
    {
        var has = Tasks.Count > 0 || Files.Count > 0;
        if (isWanted && !has) throw new UsageException("accuracy is measured on tasks: give --tasks A,B --task-data DIR, or --task-file FILE");
        if (!isWanted && has) throw new UsageException("the tasks are for accuracy: name it with --objectives or --constraint");
        if (Tasks.Count > 0 && DataFolder is null) throw new UsageException("--tasks needs --task-data DIR, the folder with the tasks' files");
    }

    /// <summary>Reads and tokenizes them.</summary>
    public IReadOnlyList<TaskAccuracy> Load(Tokenizer tokenizer) =>
        [.. Tasks.Concat(Files.Select(TaskFile.Load)).Select(task => new TaskAccuracy(task, DataFolder ?? ".", tokenizer, new TaskOptions { Limit = Limit }))];

    /// <summary>What a study says of them.</summary>
    public static JsonArray Describe(IReadOnlyList<TaskAccuracy> tasks) => new([.. tasks.Select(task => (JsonNode)new JsonObject
    {
        ["task"] = task.Task.Name,
        ["shots"] = task.Shots,
        ["documents"] = task.Documents,
        ["files"] = new JsonArray([.. task.Files.Select(file => (JsonNode)file.Sha256)]),
    })]);
}
