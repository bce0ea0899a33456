namespace Pare.Runtime;

/// <summary>A finished generation.</summary>
public sealed record GenerationResult
{
    /// <summary>The generated text, without prompt, special tokens and stop string.</summary>
    public required string Text { get; init; }

    /// <summary>The generated tokens, with the one that ended the text.</summary>
    public required IReadOnlyList<int> Tokens { get; init; }

    /// <summary>Why it ended.</summary>
    public required FinishReason FinishReason { get; init; }

    /// <summary>Tokens of the prompt.</summary>
    public required int PromptTokens { get; init; }

    /// <summary>Tokens at the prompt's beginning that the cache still held, and that were not run again.</summary>
    public required int CachedPromptTokens { get; init; }

    /// <summary>Time of the prompt's run, in seconds.</summary>
    public required double PrefillSeconds { get; init; }

    /// <summary>Time from the first generated token to the last, in seconds.</summary>
    public required double DecodeSeconds { get; init; }

    /// <summary>Prompt tokens run per second; null where there was nothing to run.</summary>
    public double? PrefillTokensPerSecond => PrefillSeconds > 0 ? (PromptTokens - CachedPromptTokens) / PrefillSeconds : null;

    /// <summary>Tokens decoded per second; the first comes from the prompt's run and does not count. Null for less than two tokens.</summary>
    public double? DecodeTokensPerSecond => Tokens.Count > 1 && DecodeSeconds > 0 ? (Tokens.Count - 1) / DecodeSeconds : null;
}
