using Pare.Runtime;

namespace Pare.Cli.Commands;

/// <summary>What <c>pare run</c> was asked to do.</summary>
internal sealed record RunRequest
{
    public required string Path { get; init; }

    /// <summary>Text to continue; "-" stands for standard input, null for a chat.</summary>
    public string? Prompt { get; init; }

    public string? System { get; init; }

    public bool IsChat { get; init; }

    public int? Context { get; init; }

    public EngineOptions Engine { get; init; } = new();

    public bool IsPlan { get; init; }

    public required GenerationOptions Generation { get; init; }
}
