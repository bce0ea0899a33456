using Pare.Formats.Numbers;

namespace Pare.Formats.Sparse;

/// <summary>One of the tensors that a sparse weight is the sum of: so many numbers of every block, and how they are written.</summary>
/// <param name="Kept">Numbers of every block of inputs, at least 1.</param>
/// <param name="Numbers">A signed number format; two-level scales come on top (<see cref="VsQuant"/>, scales in 8-bit whole numbers).</param>
public readonly record struct SparsePart(int Kept, NumberFormat Numbers);
