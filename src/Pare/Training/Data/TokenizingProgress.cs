namespace Pare.Training;

/// <summary>How far the tokenizing of training text is.</summary>
/// <param name="Done">Bytes of the files that are done.</param>
/// <param name="Total">Bytes of all files.</param>
/// <param name="Tokens">Tokens so far.</param>
public readonly record struct TokenizingProgress(long Done, long Total, long Tokens);
