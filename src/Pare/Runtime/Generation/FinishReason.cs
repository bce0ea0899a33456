namespace Pare.Runtime;

/// <summary>Why a generation ended.</summary>
public enum FinishReason
{
    /// <summary>The model produced a token that ends a text or a turn.</summary>
    EndOfText,

    /// <summary>The text reached one of the stop strings, which is not part of the result.</summary>
    StopString,

    /// <summary>As many tokens as were asked for.</summary>
    MaxTokens,

    /// <summary>The context is full.</summary>
    ContextFull,
}
