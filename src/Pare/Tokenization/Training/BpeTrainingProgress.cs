namespace Pare.Tokenization;

/// <summary>How far the training of a tokenizer is.</summary>
/// <param name="Stage">"count" (the words of the texts) or "merge".</param>
/// <param name="Done">Bytes of text that are counted, or tokens made by merging.</param>
/// <param name="Total">Bytes or tokens in all; 0 where it is not known.</param>
public readonly record struct BpeTrainingProgress(string Stage, long Done, long Total);
