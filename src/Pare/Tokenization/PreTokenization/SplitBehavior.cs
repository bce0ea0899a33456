namespace Pare.Tokenization;

/// <summary>What becomes of a match when a text is cut by a pattern; the names are those of tokenizer.json.</summary>
internal enum SplitBehavior
{
    /// <summary>The match is dropped.</summary>
    Removed,

    /// <summary>The match is a piece.</summary>
    Isolated,

    /// <summary>The match ends the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>The match begins the piece after it.</summary>
    MergedWithNext,

    /// <summary>Matches that touch are one piece.</summary>
    Contiguous,
}
