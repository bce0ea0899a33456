namespace Pare.Runtime;

/// <summary>Rows of a chunk that belong to one sequence, behind what its cache holds.</summary>
/// <param name="Cache">The sequence's keys and values.</param>
/// <param name="Count">Number of rows.</param>
internal readonly record struct SequenceRows(KvCache Cache, int Count);
