using Pare.Formats;

namespace Pare.Models;

/// <summary>How much of a model is stored in one format.</summary>
/// <param name="Format">The format.</param>
/// <param name="Parameters">Number of parameters (weights, biases and norms).</param>
/// <param name="Elements">Their elements.</param>
/// <param name="Bytes">Their bytes, scales included.</param>
public sealed record FormatShare(ElementType Format, int Parameters, long Elements, long Bytes);
