namespace Pare.Cli;

/// <summary>What a command would take.</summary>
internal sealed record WorkPlan
{
    /// <summary>What would be done, as an order.</summary>
    public required string What { get; init; }

    /// <summary>Most physical memory, mapped weights included.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Bytes written.</summary>
    public required long DiskBytes { get; init; }

    /// <summary>Time; null where nothing is known of it.</summary>
    public required double? Seconds { get; init; }

    /// <summary>What the figures rest on.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
