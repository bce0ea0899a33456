namespace Pare.Runtime;

/// <summary>What is generated, and when it ends.</summary>
public sealed record GenerationOptions
{
    /// <summary>Most tokens to generate; 0 goes on until the text ends or the context is full.</summary>
    public int MaxTokens { get; init; } = 256;

    /// <summary>How tokens are chosen.</summary>
    public SamplerOptions Sampler { get; init; } = new();

    /// <summary>Texts at which generation ends; they are not part of the result. Each has at least one character.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>Goes on past tokens that end a text (for measurements).</summary>
    public bool IgnoreEndOfText { get; init; }
}
