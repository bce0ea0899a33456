namespace Pare.Models;

/// <summary>Where the rows and columns of a smaller stored matrix belong in the whole one; all others are 0.</summary>
/// <param name="Rows">Index of each stored row, ascending.</param>
/// <param name="Columns">Index of each stored column, ascending.</param>
internal sealed record CompactMap(int[] Rows, int[] Columns);
