namespace Pare.Search;

/// <summary>When a dimension matters: only where another one, before it, has at least a certain value.</summary>
/// <param name="Dimension">Name of the other dimension.</param>
/// <param name="MinimumIndex">Least index of its value (ordered dimensions) for this one to matter.</param>
public sealed record DimensionCondition(string Dimension, int MinimumIndex);
