namespace Pare.Compression;

/// <summary>How far a compression is.</summary>
/// <param name="Stage">What is being done: a method's name, "store" (encoding a block) or "write" (the output folder); for a pass over the whole model what it is at.</param>
/// <param name="Block">Blocks that are done; the parameters outside the blocks count as one.</param>
/// <param name="Blocks">Blocks in all; 0 where the work does not go by blocks.</param>
/// <param name="Done">Share of the whole work that is done, from 0 to 1.</param>
public sealed record CompressionProgress(string Stage, int Block, int Blocks, double Done);
