namespace Pare.Search;

/// <summary>Options of <see cref="StudyRunner"/>.</summary>
public sealed record StudyRunOptions
{
    /// <summary>What is minimised or maximised; at least one.</summary>
    public required IReadOnlyList<Objective> Objectives { get; init; }

    /// <summary>What has to be kept.</summary>
    public IReadOnlyList<Constraint> Constraints { get; init; } = [];

    /// <summary>Candidates of the whole search, those of earlier runs with the same searcher and seed included; at least 1.</summary>
    public required int Evaluations { get; init; }

    /// <summary>Name of the searcher, for the rows.</summary>
    public required string Searcher { get; init; }

    /// <summary>Seed of the search, for the rows.</summary>
    public required ulong Seed { get; init; }

    /// <summary>
    /// Called before each batch with the rows of those before it, which are the same for all processes at work, and with the candidates that have no row yet: gives the order in which to evaluate them,
    /// as their indices. Null takes them as they come.
    /// </summary>
    public Func<IReadOnlyList<StudyEntry>, IReadOnlyList<Candidate>, IReadOnlyList<int>>? Arrange { get; init; }

    /// <summary>Told after each candidate.</summary>
    public Action<StudyProgress>? Progress { get; init; }

    /// <summary>How long to wait before looking again for what another process is evaluating.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(250);
}
