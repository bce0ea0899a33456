using Pare.Evaluation;
using Pare.Evaluation.Tasks;
using Pare.Runtime;

namespace Pare.Cli.Commands;

/// <summary>What <c>pare eval</c> was asked to do.</summary>
internal sealed record EvalRequest
{
    public required string Path { get; init; }

    public string? Text { get; init; }

    public required TextProtocol Protocol { get; init; }

    public string? Tokens { get; init; }

    public int? Window { get; init; }

    public int? Windows { get; init; }

    public string? StateFile { get; init; }

    public required IReadOnlyList<TaskDefinition> Tasks { get; init; }

    public required IReadOnlyList<string> TaskFiles { get; init; }

    public string? DataFolder { get; init; }

    public int? Limit { get; init; }

    public int? Shots { get; init; }

    public string? Against { get; init; }

    public string? Report { get; init; }

    public EngineOptions Engine { get; init; } = new();

    public bool IsPlan { get; init; }

    public bool HasWindows => Text is not null || Tokens is not null;

    public bool HasTasks => Tasks.Count > 0 || TaskFiles.Count > 0;

    /// <summary>Refuses what does not fit together, before anything is loaded.</summary>
    public void Check()
    {
        if (!HasWindows && !HasTasks) throw new UsageException("nothing to measure: give --perplexity TEXT, --tokens FILE or --tasks A,B");
        if (Text is not null && Tokens is not null) throw new UsageException("--perplexity and --tokens both say what to measure over; give one of them");
        if (Tokens is not null && Window is not null) throw new UsageException("--window does not go with --tokens: the file says how long its windows are");
        if (Against is not null && !HasWindows) throw new UsageException("--against compares over a text: give --perplexity TEXT or --tokens FILE too");
        if (StateFile is not null && (!HasWindows || Against is not null)) throw new UsageException("--state keeps the windows of --perplexity or --tokens without --against; leave it out here");
        if (Tasks.Count > 0 && DataFolder is null) throw new UsageException("--tasks needs --data DIR, the folder with the tasks' files");
        if (Report is not null) ReportFile.Check(Report);
    }
}
