using System.CommandLine;
using Pare.Evaluation.Tasks;

namespace Pare.Cli.Commands;

/// <summary>Options that say which tasks accuracy is measured on.</summary>
internal sealed class SearchTaskOptions
{
    private readonly Option<string[]> _tasks = new("--tasks") { Description = "Tasks that accuracy is the mean over, separated by commas, as for pare eval", HelpName = "A,B" };
    private readonly Option<string?> _data = new("--task-data") { Description = "The folder with the tasks' files", HelpName = "DIR" };
    private readonly Option<string[]> _files = new("--task-file") { Description = "A task of your own; may be given several times", HelpName = "FILE" };
    private readonly Option<int?> _limit = Arguments.OptionalWhole("--limit", "Most documents of each task, from the first on [default: all]");

    /// <summary>The options.</summary>
    public IReadOnlyList<Option> All => [_tasks, _data, _files, _limit];

    /// <summary>What was asked for.</summary>
    public TaskRequest Read(ParseResult parse) => new()
    {
        Tasks = [.. (parse.GetValue(_tasks) ?? []).SelectMany(names => names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Select(TaskCatalog.Find)],
        DataFolder = parse.GetValue(_data),
        Files = parse.GetValue(_files) ?? [],
        Limit = parse.GetValue(_limit),
    };
}
